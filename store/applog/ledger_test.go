package applog

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/ledger"
)

// The last decision of the ledger holds in a restored backup, also where the clock
// ran ahead when the one before was made.
func TestLastPolicyOfTheLedgerHolds(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	ahead := now.AddDate(4, 0, 0)
	type decision struct {
		days   int
		at     time.Time
		chosen bool
	}
	for name, test := range map[string]struct {
		backup, ledger []decision
		want           int
	}{
		"the one before was made ahead of time":   {nil, []decision{{90, ahead, true}, {60, now, true}}, 60},
		"and is in the backup":                    {[]decision{{90, ahead, true}}, []decision{{60, now, true}}, 60},
		"the configuration's was":                 {[]decision{{180, ahead, false}}, []decision{{60, now, true}}, 60},
		"the backup is up to date":                {[]decision{{90, now, true}, {60, now.Add(time.Hour), true}}, nil, 60},
		"the backup has a choice of another time": {[]decision{{90, now, true}}, []decision{{60, now.Add(time.Hour), true}}, 60},
	} {
		t.Run(name, func(t *testing.T) {
			dir, ctx := t.TempDir(), context.Background()
			clock := now
			o := Options{Now: func() time.Time { return clock }, Ledger: ledger.Ledger{Path: filepath.Join(dir, "acme.ledger")}}
			decide := func(in string, list []decision) {
				t.Helper()
				a, err := Open(filepath.Join(dir, in), o)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range list {
					clock = d.at
					p := ledger.Policy{LogPolicy: record.LogPolicy{LogSettings: record.LogSettings{RetentionDays: d.days, Timezone: "UTC"}}, Chosen: d.chosen}
					if err := a.SetPolicy(ctx, p); err != nil {
						t.Fatal(err)
					}
				}
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
			}
			decide("backup", test.backup)
			decide("lost", test.ledger)
			clock = now
			a := openTestLog(t, filepath.Join(dir, "backup"), o)
			if p, ok, err := a.Policy(); err != nil || !ok || p.RetentionDays != test.want {
				t.Errorf("%+v, %v, %v", p, ok, err)
			}
		})
	}
}

// A policy that a later line replaced deletes what was due by then, but not where
// its line is known, or where its time is one of a wrong clock.
func TestReplacedPolicyExpires(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		replaced time.Time
		before   bool // the line was in the backup
		edit     bool // the ledger was edited since
		want     uint64
	}{
		"after the backup":              {now.AddDate(0, 0, 1), false, false, 0},
		"after the backup, then edited": {now.AddDate(0, 0, 1), false, true, 0},
		"before the backup":             {now, true, false, 1},
		"before the backup, edited":     {now, true, true, 1},
		"ahead of time":                 {now.AddDate(4, 0, 0), false, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, clock := context.Background(), now
			l := ledger.Ledger{Path: filepath.Join(t.TempDir(), "acme.ledger")}
			o := Options{Now: func() time.Time { return clock }, Ledger: l}
			dir := filepath.Join(t.TempDir(), "backup")
			a, err := Open(dir, o)
			if err != nil {
				t.Fatal(err)
			}
			policy := func(days int) ledger.Policy {
				return ledger.Policy{LogPolicy: record.LogPolicy{LogSettings: record.LogSettings{RetentionDays: days, Timezone: "UTC"}}, Chosen: true}
			}
			decide := func(p ledger.Policy) {
				t.Helper()
				if err := a.SetPolicy(ctx, p); err != nil {
					t.Fatal(err)
				}
			}
			clock = now.Add(-time.Hour)
			decide(policy(5))
			clock = now
			if test.before {
				decide(policy(90))
			}
			// In the case before the backup, an entry that is as old as this one was
			// told after the change.
			e := record.Event{ID: "id", Category: "booking", Type: "thing.done", Time: now.AddDate(0, 0, -10), Received: now, Transport: "header"}
			if err := a.Append(ctx, e); err != nil {
				t.Fatal(err)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			later := policy(180)
			later.Changed = now.AddDate(0, 0, 2)
			lines := []ledger.Line{{Time: later.Changed, Policy: &later}}
			if !test.before {
				p := policy(90)
				p.Changed = test.replaced
				lines = append([]ledger.Line{{Time: p.Changed, Policy: &p}}, lines...)
			}
			if test.edit {
				all, _, err := l.Read()
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(l.Path); err != nil {
					t.Fatal(err)
				}
				lines = append(append([]ledger.Line{{Time: now}}, all...), lines...)
			}
			if err := l.Write(lines...); err != nil {
				t.Fatal(err)
			}
			clock = now.AddDate(0, 0, 3)
			a = openTestLog(t, dir, o)
			if n := a.Health().Entries; n != test.want {
				t.Errorf("%d entries, want %d", n, test.want)
			}
		})
	}
}
