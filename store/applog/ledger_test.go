package applog

import (
	"context"
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
