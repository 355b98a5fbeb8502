package flags

import (
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

var instance = record.FlagSubject{Kind: record.InstanceSubject}

func attack(r *Registry, rule string, at time.Time) {
	r.Add(&Overflow{Subject: instance, Rule: record.FlagRule{Rule: rule, First: at, Last: at, Count: 1}}, at)
}

func refuse(r *Registry, throttled, banned int) {
	for range throttled {
		r.CountRefused(record.VerdictThrottle)
	}
	for range banned {
		r.CountRefused(record.VerdictBan)
	}
	r.CountRefused(record.VerdictPass)
}

func fiveMinutes(string) time.Duration { return 5 * time.Minute }

// An incident counts what was refused while it goes on, and ends by itself: a flood
// when it says so, the others when their rule is quiet.
func TestIncidentEnds(t *testing.T) {
	r := newRegistry()
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	update := func(minutes int, f Flood) []record.Incident {
		f.Rule = "flood"
		r.UpdateIncidents(f, fiveMinutes, at(minutes))
		flag, _ := r.Flag(instance)
		return flag.Incidents
	}
	refuse(r, 5, 5) // before
	attack(r, "flood", at(0))
	refuse(r, 3, 1)
	attack(r, "other", at(1))
	refuse(r, 2, 0)
	got := update(2, Flood{On: true, Peak: 900, Usual: 20})
	if len(got) != 2 || got[0].Throttled != 5 || got[0].Banned != 1 || got[0].Peak != 900 || got[0].Usual != 20 || !got[0].Last.Equal(at(2)) || !got[0].End.IsZero() {
		t.Errorf("the flood: %+v", got)
	}
	if got[1].Throttled != 2 || got[1].Banned != 0 || got[1].Peak != 0 || !got[1].End.IsZero() {
		t.Errorf("the other: %+v", got[1])
	}
	got = update(7, Flood{Peak: 1200, Usual: 20, Ended: at(4)})
	if got[0].Peak != 1200 || !got[0].End.Equal(at(4)) || !got[1].End.Equal(at(1)) {
		t.Errorf("after their ends: %+v", got)
	}
	refuse(r, 7, 7)
	if r.Take(); update(9, Flood{})[0].Throttled != 5 || len(r.Take()) != 0 {
		t.Error("it counts, or is stored, after its end")
	}
	attack(r, "flood", at(20))
	if got := update(20, Flood{On: true, Peak: 300}); len(got) != 3 || !got[2].Begin.Equal(at(20)) || got[2].Throttled != 0 {
		t.Errorf("the next one: %+v", got)
	}
	r.Decide(instance, record.Decision{Decision: record.DecideClear, At: at(21)}, at(21))
	if got := update(22, Flood{On: true}); !got[2].End.Equal(at(21)) {
		t.Errorf("after a person cleared it: %+v", got[2])
	}
}

// An incident that went on when the gate stopped ended when it was last seen, unless it
// goes on.
func TestIncidentAfterRestart(t *testing.T) {
	stored := record.Flag{
		ID: ID(instance), Subject: instance, State: record.FlagObserved, Review: record.ReviewNew,
		Incidents: []record.Incident{{Rule: "flood", Begin: start, Last: start.Add(time.Minute), Throttled: 10}},
	}
	for _, on := range []bool{false, true} {
		r := newRegistry()
		now := start.Add(2 * time.Minute)
		if on {
			refuse(r, 1, 0)
			attack(r, "flood", now)
			refuse(r, 2, 0)
		}
		r.Restore(&stored, now)
		r.UpdateIncidents(Flood{Rule: "flood", On: on}, fiveMinutes, now)
		f, _ := r.Flag(instance)
		one := f.Incidents[0]
		if on && (len(f.Incidents) != 1 || one.Throttled != 12 || !one.Last.Equal(now) || !one.End.IsZero()) {
			t.Errorf("goes on: %+v", f.Incidents)
		}
		if !on && (!one.End.Equal(stored.Incidents[0].Last) || one.Throttled != 10) {
			t.Errorf("ended: %+v", one)
		}
	}
	if !stored.Incidents[0].End.IsZero() {
		t.Error("what is stored was changed")
	}
}

// A flag says what the gate did by itself, and nothing that changed nothing.
func TestSanctionsOfAFlag(t *testing.T) {
	r := newRegistry()
	impose := func(after time.Duration, state record.FlagState, scope string, lasts time.Duration) {
		o := overflow(1, 0)
		o.Sanction = &Sanction{State: state, Scope: scope, Until: start.Add(after + lasts)}
		r.Add(o, start.Add(after))
	}
	impose(0, record.FlagThrottled, record.ScopeAgent, 15*time.Minute)
	impose(time.Minute, record.FlagBanned, "", 15*time.Minute)
	impose(2*time.Minute, record.FlagThrottled, "", 15*time.Minute) // less than the ban
	impose(time.Hour, record.FlagBanned, "", time.Hour)
	f, _ := r.Flag(subject(1))
	want := []record.Sanction{
		{State: record.FlagThrottled, Scope: record.ScopeAgent, Rule: "rule", At: start, Until: start.Add(15 * time.Minute)},
		{State: record.FlagBanned, Rule: "rule", At: start.Add(time.Minute), Until: start.Add(16 * time.Minute), Strike: 1},
		{State: record.FlagBanned, Rule: "rule", At: start.Add(time.Hour), Until: start.Add(2 * time.Hour), Strike: 2},
	}
	if len(f.Sanctions) != len(want) {
		t.Fatalf("%+v", f.Sanctions)
	}
	for i := range want {
		if f.Sanctions[i] != want[i] {
			t.Errorf("%d: %+v, want %+v", i, f.Sanctions[i], want[i])
		}
	}
}
