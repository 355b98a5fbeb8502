package service

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/serverlog"
)

var anna = &record.Initiator{ID: "u_17", Email: "anna@example.com", Name: "A\u2066"}

func addPersons(t *testing.T, s *store.Store) {
	t.Helper()
	err := s.AppLog.Append(t.Context(),
		record.Event{ID: "a", Time: time.Now(), Category: "user", Text: "\u009b31m \u202e <b>", Initiator: anna},
		record.Event{ID: "b", Time: time.Now(), Category: "user", Text: "somebody else", Initiator: &record.Initiator{ID: "u_18"}})
	account := record.FlagSubject{Kind: record.AccountSubject, Value: "anna@example.com"}
	if err == nil {
		err = s.AppLog.PutFlags(t.Context(), record.Flag{ID: abuse.FlagID(account), Subject: account, State: record.FlagObserved, Review: record.ReviewNew, Since: time.Now(), Changed: time.Now()})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestExportPerson(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *store.Store, l *Logs) {
		addPersons(t, s)
		var out strings.Builder
		if err := l.ExportPerson(t.Context(), PersonRequest{ID: "u_17"}.Person(), &out); err != nil {
			t.Fatal(err)
		}
		// It must not control a terminal.
		got := out.String()
		if strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\u009b\u202e\u2066") || !strings.Contains(got, `\u009b31m \u202e`) {
			t.Errorf("%q", got)
		}
		if e := entries(t, l)[0]; e.Type != "person.exported" || e.Initiator != nil {
			t.Errorf("%+v", e)
		}
	})
}

// full is a writer that fails.
type full struct{ error }

func (f full) Write([]byte) (int, error) { return 0, f.error }

func TestExportThatCannotBeWritten(t *testing.T) {
	s := openStore(t)
	addPersons(t, s)
	broken := errors.New("broken")
	if err := New(s, Options{}).ExportPerson(t.Context(), PersonRequest{ID: "u_17"}.Person(), full{broken}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestErasePerson(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *store.Store, l *Logs) {
		addPersons(t, s)
		who := PersonRequest{Email: "anna@example.com"}.Person()
		done, err := l.ErasePerson(t.Context(), who, true)
		if err != nil || !done.DryRun || done.Entries != 1 || len(entries(t, l)) != 2 {
			t.Fatalf("dry: %+v %v", done, err)
		}
		if done, err = l.ErasePerson(t.Context(), who, false); err != nil || done.Entries != 1 || len(done.Person.IDs) != 1 {
			t.Fatalf("%+v %v", done, err)
		}
		list := entries(t, l)
		if len(list) != 3 || list[0].Type != "person.erased" || list[0].Params["entries"] != "1" || !list[2].Anonymized || list[1].Anonymized {
			t.Errorf("%+v", list)
		}
		if flags, _, err := l.Flags(t.Context(), query.Flags{Limit: 10}); err != nil || len(flags) != 0 {
			t.Errorf("%+v %v", flags, err)
		}
	})
}

// TestErasureFindsAllSpellings erases by one spelling what was stored with others.
func TestErasureFindsAllSpellings(t *testing.T) {
	s := openStore(t)
	l := New(s, Options{})
	now := time.Now()
	err := s.AppLog.Append(t.Context(),
		record.Event{ID: "a", Time: now, Category: "user", Initiator: &record.Initiator{Email: "mu\u0308ller@bu\u0308cher.example"}},
		record.Event{ID: "b", Time: now, Category: "user", Text: "To MÜLLER@XN--BCHER-KVA.example.", Impersonal: []string{"text"}},
		record.Event{ID: "c", Time: now, Category: "user", Details: []byte(`{"to":"/?q=m%C3%BCller%40b%c3%bccher.example"}`), Impersonal: []string{"details"}},
		record.Event{ID: "d", Time: now, Category: "user", Text: "To muller@bücher.example."})
	if err != nil {
		t.Fatal(err)
	}
	who := PersonRequest{Email: "müller@bücher.example"}.Person()
	var out strings.Builder
	if err := l.ExportPerson(t.Context(), who, &out); err != nil || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("exported %q, %v", out.String(), err)
	}
	if done, err := l.ErasePerson(t.Context(), who, false); err != nil || done.Entries != 3 {
		t.Errorf("%+v %v", done, err)
	}
	for _, e := range entries(t, l) {
		if e.ID == "b" && e.Text != "" || e.ID == "c" && strings.Contains(string(e.Details), "ller") || e.ID == "d" && e.Text == "" {
			t.Errorf("%+v", e)
		}
	}
}

// TestDecisionAfterErasure checks that the detector of a directory does not store an
// erased flag again.
func TestDecisionAfterErasure(t *testing.T) {
	s := openStore(t)
	l := New(s, Options{})
	addPersons(t, s)
	if _, err := l.Decide(t.Context(), decision(record.DecideBan, "203.0.113.7")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.ErasePerson(t.Context(), PersonRequest{ID: "u_17"}.Person(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Decide(t.Context(), decision(record.DecideBan, "203.0.113.8")); err != nil {
		t.Fatal(err)
	}
	flags, _, err := l.Flags(t.Context(), query.Flags{Limit: 10})
	if err != nil || len(flags) != 2 {
		t.Errorf("%+v %v", flags, err)
	}
}

func TestImport(t *testing.T) {
	eachOwner(t, func(t *testing.T, _ *store.Store, l *Logs) {
		ctx, end := t.Context(), serverlog.ImportCheckpoint{Bytes: 10, Sum: [32]byte{1}}
		c := ImportChunk{ID: "x", End: end, Requests: []record.Request{{Time: time.Now(), Method: "GET", Path: "/", Status: 200}}}
		if err := errors.Join(l.CanImport(), l.Import(ctx, c)); err != nil {
			t.Fatal(err)
		}
		if err := l.Import(ctx, c); !errors.Is(err, serverlog.ErrImportGap) {
			t.Errorf("twice: %v", err)
		}
		stored, err := l.Imported(ctx, "x")
		if err != nil || stored != end {
			t.Errorf("%+v %v", stored, err)
		}
		if err := l.SealImport(ctx); err != nil {
			t.Error(err)
		}
		if page, _, err := l.Requests(ctx, query.Requests{Limit: 10}); err != nil || len(page) != 1 {
			t.Errorf("%+v %v", page, err)
		}
	})
}

func TestCheckpoint(t *testing.T) {
	for _, c := range []serverlog.ImportCheckpoint{{}, {Bytes: 7, Sum: [32]byte{255, 1}}} {
		got, err := NewCheckpoint(c).Parse()
		if err != nil || got != c {
			t.Errorf("%+v became %+v, %v", c, got, err)
		}
	}
	for _, sum := range []string{"", "00", strings.Repeat("0", 66), strings.Repeat("x", 64)} {
		if _, err := (Checkpoint{Bytes: 1, Sum: sum}).Parse(); err == nil {
			t.Errorf("%q is accepted", sum)
		}
	}
}
