package service

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
)

func learnedItems(t *testing.T, l *Logs, q query.Learned) (texts []string) {
	t.Helper()
	q.Limit = 50
	list, err := l.Learned(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list.Items {
		text := string(i.Kind) + " " + i.Text
		if !i.Holds {
			text = "not " + text
		}
		if i.Corrected {
			text += " (a person)"
		}
		for _, id := range i.Flags {
			text += " (flag " + id + ")"
		}
		texts = append(texts, text)
	}
	return texts
}

func wantLearned(t *testing.T, l *Logs, q query.Learned, want ...string) {
	t.Helper()
	if got := learnedItems(t, l, q); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A correction replaces the one before about the same, and can be taken back in other
// words.
func TestCorrect(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *store.Store, l *Logs) {
		correct := func(kind record.LearnedKind, text string, holds bool) {
			t.Helper()
			if err := l.Correct(t.Context(), record.Correction{Kind: kind, Text: text, Holds: holds}); err != nil {
				t.Fatal(err)
			}
		}
		correct(record.LearnedOwn, "/desks/17", true)
		correct(record.LearnedOwn, "POST /desks/17", true)
		correct(record.LearnedBroken, "GET /old", true)
		correct(record.LearnedBroken, "GET /old", false)
		correct(record.LearnedWrites, "/search?q", true)
		correct(record.LearnedLogin, "/sign-in", true)
		correct(record.LearnedCatchAll, "200 with 5120 bytes", false)
		wantLearned(t, l, query.Learned{},
			"own read /desks/{n} (a person)", "own write /desks/{n} (a person)", "not broken read /old (a person)",
			"writes read /search?q (a person)", "login /sign-in (a person)", "not catch-all 200 with 5120 bytes (a person)")
		wantLearned(t, l, query.Learned{Kind: record.LearnedOwn, Text: "write"}, "own write /desks/{n} (a person)")

		undo := func(kind record.LearnedKind, text string) error {
			return l.UndoCorrection(t.Context(), record.Correction{Kind: kind, Text: text})
		}
		if err := errors.Join(undo(record.LearnedOwn, "read /desks/{n}"), undo(record.LearnedBroken, "GET /old"), undo(record.LearnedLogin, "/sign-in")); err != nil {
			t.Error(err)
		}
		if err := undo(record.LearnedOwn, "read /desks/{n}"); !errors.Is(err, record.ErrNotFound) {
			t.Errorf("taken back twice: %v", err)
		}
		want := []string{"own write /desks/{n} (a person)", "writes read /search?q (a person)", "not catch-all 200 with 5120 bytes (a person)"}
		wantLearned(t, l, query.Learned{}, want...)
		wantLearned(t, New(s, Options{}), query.Learned{}, want...) // it is stored

		for _, wrong := range []record.Correction{{Kind: "mine", Text: "/x"}, {Kind: record.LearnedOwn}, {Kind: record.LearnedOwn, Text: "BREW /coffee"}, {Kind: record.LearnedCatchAll, Text: "/x"}} {
			if err := l.Correct(t.Context(), wrong); !isParamError(err) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	})
}

func isParamError(err error) bool {
	_, ok := errors.AsType[*record.ParamError](err)
	return ok
}

// A false positive that a command decides on teaches as one in a console does.
func TestStoredFalsePositiveTeaches(t *testing.T) {
	s := openStore(t)
	l := New(s, Options{})
	f, err := l.Decide(t.Context(), decision(record.DecideThrottle, "203.0.113.7"))
	if err != nil {
		t.Fatal(err)
	}
	f.Evidence = []record.Evidence{{Request: record.Request{Time: time.Now(), Method: "GET", Path: "/search", Query: "q=1'+UNION+SELECT+1,2--+-", Status: 200}}}
	if err := s.AppLog.PutFlags(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Decide(t.Context(), decision(record.DecideFalsePositive, "203.0.113.7")); err != nil {
		t.Fatal(err)
	}
	from := " (flag " + f.ID + ")"
	wantLearned(t, New(s, Options{}), query.Learned{}, "own read /search"+from, "writes read /search?q"+from)
	if _, err := New(s, Options{}).Decide(t.Context(), decision(record.DecideClear, "203.0.113.7")); err != nil {
		t.Fatal(err)
	}
	wantLearned(t, New(s, Options{}), query.Learned{})
}

// What is taught from past logs is stored, and no flags are.
func TestTeach(t *testing.T) {
	s := openStore(t)
	l := New(s, Options{})
	wantLearned(t, l, query.Learned{})
	err := l.Teach(t.Context(), func(d *abuse.Detector) error {
		return d.Correct(learned.Login, "/sign-in", true, "a log", time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	wantLearned(t, l, query.Learned{}, "login /sign-in (flag a log)")
	if err := New(s, Options{Detector: newRunning(t, s.AppLog)}).Teach(t.Context(), nil); err == nil {
		t.Error("the logs of a server were taught")
	}
}
