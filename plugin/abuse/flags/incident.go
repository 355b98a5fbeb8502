package flags

import (
	"time"

	"github.com/gatebook/gatebook/record"
)

// refusals are how many requests the gate refused.
type refusals struct{ throttled, banned uint64 }

// CountRefused counts a request that the gate answered with a verdict.
func (r *Registry) CountRefused(v record.Verdict) {
	switch v {
	case record.VerdictThrottle:
		r.throttled.Add(1)
	case record.VerdictBan:
		r.banned.Add(1)
	}
}

func (r *Registry) refused() refusals {
	return refusals{r.throttled.Load(), r.banned.Load()}
}

// Flood is what is known of a flood, which knows itself when it ends.
type Flood struct {
	// Rule is the rule of floods.
	Rule string
	On   bool
	// Peak is the most requests a second of the last flood, Usual how many are usual.
	Peak, Usual int
	// Ended is when the last flood ended; zero if there was none.
	Ended time.Time
}

// UpdateIncidents adds what happened in the incidents that go on, and ends those that
// are over. Those that are no flood are over when their rule has not overflowed for the
// time that quiet returns.
func (r *Registry) UpdateIncidents(flood Flood, quiet func(rule string) time.Duration, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flags[record.FlagSubject{Kind: record.InstanceSubject}]
	if f == nil || !f.hasOpenIncident() {
		return
	}
	changed := f.countRefused(r.refused())
	for i := range f.Incidents {
		one := &f.Incidents[i]
		switch {
		case !one.End.IsZero():
			continue
		case one.Rule != flood.Rule:
			if now.Sub(one.Last) <= quiet(one.Rule) {
				continue
			}
			one.End = one.Last
		default:
			if flood.On || flood.Ended.After(one.Begin) {
				one.Peak, one.Usual = max(one.Peak, flood.Peak), max(one.Usual, flood.Usual)
			}
			switch {
			case flood.On:
				one.Last = now.UTC()
			case flood.Ended.After(one.Begin):
				one.Last, one.End = flood.Ended.UTC(), flood.Ended.UTC()
			default:
				one.End = one.Last // it was not seen to end: the gate was restarted
			}
		}
		changed = true
	}
	if changed {
		r.touch(f, now)
	}
}

// addIncident has an overflow of the instance begin an incident, or continue it.
func (f *flag) addIncident(r *record.FlagRule, total refusals) {
	if !f.hasOpenIncident() {
		f.seen = total
	}
	f.countRefused(total)
	f.joinIncident(&record.Incident{Rule: r.Rule, Begin: r.First, Last: r.Last})
}

// joinIncident adds an incident, to the one of the same rule that goes on if there is
// one.
func (f *flag) joinIncident(more *record.Incident) {
	for i := range f.Incidents {
		one := &f.Incidents[i]
		if one.Rule != more.Rule || !one.End.IsZero() {
			continue
		}
		if more.Last.After(one.Last) {
			one.Last = more.Last
		}
		one.End = more.End
		one.Peak, one.Usual = max(one.Peak, more.Peak), max(one.Usual, more.Usual)
		one.Throttled += more.Throttled
		one.Banned += more.Banned
		return
	}
	f.AddIncident(*more)
}

func (f *flag) hasOpenIncident() bool {
	for i := range f.Incidents {
		if f.Incidents[i].End.IsZero() {
			return true
		}
	}
	return false
}

// endIncidents ends what goes on, because a person says that it is over.
func (f *flag) endIncidents(at time.Time) {
	for i := range f.Incidents {
		if one := &f.Incidents[i]; one.End.IsZero() {
			one.Last, one.End = at, at
		}
	}
}

// countRefused adds what was refused since the last call to the incidents that go on.
func (f *flag) countRefused(total refusals) (changed bool) {
	more := refusals{total.throttled - f.seen.throttled, total.banned - f.seen.banned}
	f.seen = total
	if more == (refusals{}) {
		return false
	}
	for i := range f.Incidents {
		if one := &f.Incidents[i]; one.End.IsZero() {
			one.Throttled += more.throttled
			one.Banned += more.banned
			changed = true
		}
	}
	return changed
}
