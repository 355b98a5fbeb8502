package retention

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
)

// What a run removed does not come back with a backup from before it, even if the
// settings were changed since then to keep entries longer.
func TestBackupUnderReplacedPolicy(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "acme")
	start := record.LogSettings{RetentionDays: 10, AnonymizeAfterDays: map[string]int{"booking": 3}, Timezone: "UTC"}
	clock := now
	open := func() *store.Store {
		t.Helper()
		s, err := store.Open(dir, store.Options{Instance: "acme", Now: func() time.Time { return clock }})
		if err != nil {
			t.Fatal(err)
		}
		if err := Start(ctx, s.AppLog, start); err != nil {
			t.Fatal(err)
		}
		if err := CatchUp(ctx, s.AppLog, clock); err != nil {
			t.Fatal(err)
		}
		return s
	}
	shut := func(s *store.Store) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	check := func(s *store.Store, when string) {
		t.Helper()
		got := map[string]bool{}
		err := s.AppLog.EachEvent(ctx, func(e *record.Event) error { got[e.ID] = e.Anonymized; return nil })
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := got["deleted"]; ok || len(got) != 2 || !got["anonymized"] || got["kept"] {
			t.Errorf("%s: anonymized or not: %v", when, got)
		}
	}

	s := open()
	for id, days := range map[string]int{"kept": 1, "anonymized": 2, "deleted": 9} {
		e := record.Event{
			ID: id, Category: "booking", Type: "thing.done", Text: "Table 1", Outcome: record.OutcomeSuccess, Transport: "header",
			Time: clock.Add(-time.Duration(days) * day), Received: clock, Initiator: &record.Initiator{ID: "u_1", Kind: "user"},
		}
		if err := s.AppLog.Append(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	shut(s)
	backup := dir + ".backup"
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s = open()
	clock = clock.Add(day + time.Hour)
	if _, err := Run(ctx, s, Policy{}, clock, false); err != nil {
		t.Fatal(err)
	}
	check(s, "after the run")
	clock = clock.Add(time.Hour)
	if _, err := Change(ctx, s.AppLog, start, record.LogSettings{RetentionDays: 20, Timezone: "UTC"}, clock); err != nil {
		t.Fatal(err)
	}
	shut(s)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(backup)); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(3 * day)
	s = open()
	defer shut(s)
	check(s, "after the restore")
}
