package service

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
	"github.com/gatebook/gatebook/store/storetest"
)

// openStore opens a new directory with these events in the application log.
func openStore(t *testing.T, events ...record.Event) *store.Store {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{Instance: "acme", Name: func(*record.Request) {}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.AppLog.Append(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	return s
}

// eachOwner runs a test with the logs of a directory and with those of a server.
func eachOwner(t *testing.T, test func(*testing.T, *store.Store, *Logs)) {
	t.Run("directory", func(t *testing.T) {
		s := openStore(t)
		test(t, s, New(s, Options{Instance: "acme"}))
	})
	t.Run("server", func(t *testing.T) {
		s := openStore(t)
		test(t, s, New(s, Options{
			Instance: "acme", Location: time.FixedZone("", 3600),
			Detector:    newRunning(t, s.AppLog),
			ReadBarrier: func(context.Context) error { return nil },
		}))
	})
}

func entries(t *testing.T, l *Logs) []record.Event {
	t.Helper()
	list, _, err := l.Events(t.Context(), query.Events{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRequests(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *store.Store, l *Logs) {
		now := time.Now().Truncate(time.Millisecond)
		for i, status := range []int{200, 404, 500} {
			s.ServerLog.Record(&record.Request{Time: now.Add(time.Duration(i) * time.Second), Method: "GET", Path: "/", Status: status})
		}
		if err := s.ServerLog.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, next, err := l.Requests(t.Context(), query.Requests{Limit: 2})
		if err != nil || len(page) != 2 || page[0].Status != 500 || next == "" {
			t.Errorf("%+v %q %v", page, next, err)
		}
		var statuses []int
		err = l.EachRequest(t.Context(), query.Requests{}, func(r *record.Request) error {
			statuses = append(statuses, r.Status)
			return nil
		})
		if err != nil || len(statuses) != 3 || statuses[2] != 200 {
			t.Errorf("%v %v", statuses, err)
		}
		groups, err := l.Failures(t.Context(), query.Failures{})
		if err != nil || len(groups) != 1 {
			t.Errorf("%+v %v", groups, err)
		}
		sum, err := l.Summary(t.Context(), query.Summary{})
		if err != nil || sum.Requests != 3 {
			t.Errorf("%+v %v", sum, err)
		}
	})
}

func TestEvents(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *store.Store, l *Logs) {
		if err := s.AppLog.Append(t.Context(), storetest.BookingEvent(1), storetest.BookingEvent(2)); err != nil {
			t.Fatal(err)
		}
		if err := l.Note(t.Context(), record.Event{Type: "person.exported", Text: "noted"}); err != nil {
			t.Fatal(err)
		}
		list := entries(t, l)
		if len(list) != 3 || list[0].Category != record.CategoryGatebook || list[0].Outcome != record.OutcomeSuccess || !strings.HasPrefix(list[0].ID, "gatebook.") {
			t.Fatalf("%+v", list)
		}
		one, err := l.Event(t.Context(), list[1].Seq)
		if err != nil || one.ID != list[1].ID {
			t.Errorf("%+v %v", one, err)
		}
		if _, err := l.Event(t.Context(), 99); !errors.Is(err, record.ErrNotFound) {
			t.Errorf("an entry that is not there: %v", err)
		}
		if n, more, err := l.CountEvents(t.Context(), query.Events{}, 2); n != 2 || !more || err != nil {
			t.Errorf("%d %t %v", n, more, err)
		}
		if c, err := l.Categories(t.Context()); err != nil || len(c) != 2 {
			t.Errorf("%v %v", c, err)
		}
	})
}

// TestReadBarrier checks that no entry is read while the barrier is raised. Flags and
// decisions do not wait for it.
func TestReadBarrier(t *testing.T) {
	s := openStore(t, storetest.BookingEvent(1))
	overdue := errors.New("overdue")
	l := New(s, Options{ReadBarrier: func(context.Context) error { return overdue }})
	ctx, who := t.Context(), query.Person{IDs: []string{"u_17"}}
	for name, read := range map[string]func() error{
		"events":     func() error { _, _, err := l.Events(ctx, query.Events{}); return err },
		"event":      func() error { _, err := l.Event(ctx, 1); return err },
		"count":      func() error { _, _, err := l.CountEvents(ctx, query.Events{}, 1); return err },
		"categories": func() error { _, err := l.Categories(ctx); return err },
		"flag":       func() error { _, err := l.Flag(ctx, "x"); return err },
		"export":     func() error { return l.ExportPerson(ctx, who, &strings.Builder{}) },
		"erase":      func() error { _, err := l.ErasePerson(ctx, who, false); return err },
		"settings":   func() error { _, err := l.Settings(ctx, record.LogSettings{}); return err },
		"preview":    func() error { _, err := l.PreviewSettings(ctx, record.LogSettings{}, record.LogSettings{}); return err },
	} {
		if err := read(); !errors.Is(err, overdue) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := l.Flags(ctx, query.Flags{Limit: 1}); err != nil {
		t.Error(err)
	}
	if _, err := l.Decide(ctx, decision(record.DecideBan, "203.0.113.7")); err != nil {
		t.Error(err)
	}
}

// TestDirectoryCatchesUp checks that a directory shows no entry that has expired.
func TestDirectoryCatchesUp(t *testing.T) {
	old := storetest.BookingEvent(1)
	old.Time = time.Now().Add(-40 * 24 * time.Hour)
	s := openStore(t, old)
	start := record.LogSettings{RetentionDays: 30, Timezone: "UTC"}
	if err := retention.Start(t.Context(), s.AppLog, start); err != nil {
		t.Fatal(err)
	}
	if list := entries(t, New(s, Options{})); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// TestOneLogIsMissing checks that what one log cannot do says why, and the other goes
// on.
func TestOneLogIsMissing(t *testing.T) {
	s, damaged := openStore(t, storetest.BookingEvent(1)), errors.New("damaged")
	halves := []*Logs{
		New(&store.Store{AppLog: s.AppLog, ServerLogErr: damaged}, Options{}),
		New(&store.Store{ServerLog: s.ServerLog, AppLogErr: damaged}, Options{}),
	}
	ctx := t.Context()
	for i, calls := range []map[string]func(*Logs) error{
		{
			"requests": func(l *Logs) error { _, _, err := l.Requests(ctx, query.Requests{Limit: 1}); return err },
			"each":     func(l *Logs) error { return l.EachRequest(ctx, query.Requests{}, nil) },
			"summary": func(l *Logs) error {
				_, err := l.Summary(ctx, query.Summary{})
				return err
			},
			"failures": func(l *Logs) error { _, err := l.Failures(ctx, query.Failures{}); return err },
			"imported": func(l *Logs) error { _, err := l.Imported(ctx, "x"); return err },
			"import":   (*Logs).CanImport,
			"seal":     func(l *Logs) error { return l.SealImport(ctx) },
		},
		{
			"events": func(l *Logs) error { _, _, err := l.Events(ctx, query.Events{Limit: 1}); return err },
			"note":   func(l *Logs) error { return l.Note(ctx, record.Event{Type: "a.b", Text: "x"}) },
			"flags":  func(l *Logs) error { _, _, err := l.Flags(ctx, query.Flags{Limit: 1}); return err },
			"bans":   func(l *Logs) error { _, err := l.Bans(ctx, time.Now()); return err },
			"decide": func(l *Logs) error { _, err := l.Decide(ctx, decision(record.DecideBan, "203.0.113.7")); return err },
			"change": func(l *Logs) error {
				_, err := l.ChangeSettings(ctx, record.LogSettings{}, record.LogSettings{RetentionDays: 30, Timezone: "UTC"})
				return err
			},
		},
	} {
		for name, call := range calls {
			if err := call(halves[i]); !errors.Is(err, damaged) {
				t.Errorf("%s without its log: %v", name, err)
			}
			if err := call(halves[1-i]); err != nil {
				t.Errorf("%s without the other log: %v", name, err)
			}
		}
	}
}

func TestHealthAndCheck(t *testing.T) {
	eachOwner(t, func(t *testing.T, _ *store.Store, l *Logs) {
		if h := l.Health(); h.Instance != "acme" || h.State != record.StateOK {
			t.Errorf("%+v", h)
		}
		if found, err := l.Check(t.Context()); err != nil || !found.Good() {
			t.Errorf("%+v %v", found, err)
		}
	})
}

func TestRetain(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *store.Store, l *Logs) {
		s.ServerLog.Record(&record.Request{Time: time.Now().Add(-40 * 24 * time.Hour), Method: "GET", Path: "/", Status: 200})
		if err := s.ServerLog.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := retention.Policy{ServerLog: retention.ServerLog{Keep: 30 * 24 * time.Hour}}
		for _, dryRun := range []bool{true, false} {
			r, err := l.Retain(t.Context(), p, dryRun)
			if err != nil || r.DryRun != dryRun || r.ServerLog.Deleted != 1 {
				t.Errorf("%+v %v", r, err)
			}
		}
		if r, err := l.Retain(t.Context(), p, false); err != nil || r.Changed() {
			t.Errorf("again: %+v %v", r, err)
		}
	})
}

func TestSettings(t *testing.T) {
	eachOwner(t, func(t *testing.T, _ *store.Store, l *Logs) {
		ctx, start := t.Context(), record.LogSettings{RetentionDays: 180, Timezone: "UTC"}
		want := record.LogSettings{RetentionDays: 365, Timezone: "Europe/Berlin"}
		v, err := l.PreviewSettings(ctx, start, want)
		if err != nil || v.RetentionDays != 365 {
			t.Errorf("%+v %v", v, err)
		}
		if v, err = l.Settings(ctx, start); err != nil || v.RetentionDays != 180 {
			t.Errorf("after a preview: %+v %v", v, err)
		}
		if _, err = l.ChangeSettings(ctx, start, want); err != nil {
			t.Fatal(err)
		}
		if v, err = l.Settings(ctx, start); err != nil || v.RetentionDays != 365 || v.Timezone != "Europe/Berlin" {
			t.Errorf("after a change: %+v %v", v, err)
		}
		_, err = l.ChangeSettings(ctx, start, record.LogSettings{RetentionDays: -1, Timezone: "UTC"})
		if _, wrong := errors.AsType[*record.ParamError](err); !wrong {
			t.Errorf("an invalid setting: %v", err)
		}
	})
}
