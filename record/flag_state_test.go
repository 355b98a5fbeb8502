package record

import (
	"testing"
	"time"
)

// What holds is a fact of its own: what has run out is expired, and what a person
// decided goes on after it.
func TestFlagAt(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	before, after := now.Add(-time.Minute), now.Add(time.Minute)
	for name, c := range map[string]struct {
		flag    Flag
		state   FlagState
		expired FlagState
		inForce bool
	}{
		"observed":             {Flag{State: FlagObserved}, FlagObserved, "", false},
		"banned":               {Flag{State: FlagBanned, Until: after}, FlagBanned, "", true},
		"banned for ever":      {Flag{State: FlagBanned}, FlagBanned, "", true},
		"a ban that ends now":  {Flag{State: FlagBanned, Until: now}, FlagExpired, FlagBanned, false},
		"a ban over":           {Flag{State: FlagBanned, Until: before}, FlagExpired, FlagBanned, false},
		"a throttle over":      {Flag{State: FlagThrottled, Until: before}, FlagExpired, FlagThrottled, false},
		"an allow over":        {Flag{State: FlagAllowed, Until: before}, FlagExpired, FlagAllowed, false},
		"cleared":              {Flag{State: FlagCleared, Until: before}, FlagCleared, "", false},
		"a person's goes on":   {Flag{State: FlagBanned, Until: before, Decisions: []Decision{{Decision: DecideThrottle}}}, FlagThrottled, "", true},
		"a person's ended too": {Flag{State: FlagBanned, Until: before, Decisions: []Decision{{Decision: DecideThrottle, Until: before}}}, FlagExpired, FlagBanned, false},
	} {
		got := c.flag.At(now)
		if got.State != c.state || got.Expired != c.expired || got.InForce != c.inForce {
			t.Errorf("%s: %s, expired %q, in force %v", name, got.State, got.Expired, got.InForce)
		}
		if again := got.At(now.Add(time.Second)); again.State != got.State && got.InForce {
			t.Errorf("%s: %s a second later", name, again.State)
		}
	}
}

// An incident of which nothing more is known is over, and a flag of an earlier version
// has one for each rule.
func TestIncidents(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ago := func(h int) time.Time { return now.Add(-time.Duration(h) * time.Hour) }
	for _, c := range []struct {
		incident Incident
		ended    time.Time
	}{
		{Incident{Begin: ago(3), Last: now}, time.Time{}},
		{Incident{Begin: ago(3), Last: ago(2)}, ago(2)},
		{Incident{Begin: ago(3), Last: ago(1), End: ago(1)}, ago(1)},
	} {
		if got := c.incident.Ended(now); !got.Equal(c.ended) || c.incident.Open(now) != c.ended.IsZero() {
			t.Errorf("%+v ended %s", c.incident, got)
		}
	}
	f := Flag{
		Subject: FlagSubject{Kind: InstanceSubject},
		Rules:   []FlagRule{{Rule: "old", First: ago(9), Last: ago(8)}, {Rule: "both", First: ago(9), Last: ago(1)}, {Rule: "new", First: ago(2), Last: ago(1)}},
		Incidents: []Incident{
			{Rule: "both", Begin: ago(4), Last: ago(3), End: ago(3)}, {Rule: "new", Begin: ago(2), Last: ago(1)},
		},
	}
	all := f.AllIncidents()
	if len(all) != 4 || all[0].Rule != "old" || !all[0].End.Equal(ago(8)) || all[1].Rule != "both" || !all[1].End.Equal(ago(9)) || all[3].Rule != "new" {
		t.Errorf("%+v", all)
	}
	for range 2 * MaxIncidents {
		f.AddIncident(Incident{Rule: "new"})
		f.AddSanction(Sanction{})
	}
	if len(f.Incidents) != MaxIncidents || len(f.Sanctions) != MaxSanctions {
		t.Errorf("%d incidents, %d sanctions", len(f.Incidents), len(f.Sanctions))
	}
}
