package abuse

import (
	"net/netip"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Restore takes over flags as they were when they were stored, so that bans
// hold from the first request on. A throttle of a single user agent or session
// does not come back: it is minutes old, and the client has a new chance.
func (d *Detector) Restore(list []record.Flag, now time.Time) {
	d.decide.Lock()
	defer d.decide.Unlock()
	people := d.decided.Load()
	next := &decisions{of: map[netip.Prefix]*decided{}, lengths4: people.lengths4, lengths6: people.lengths6}
	for p, one := range people.of {
		next.of[p] = one
	}
	for i := range list {
		flag := &list[i]
		d.flags.restore(flag, now)
		kind, ok := inForce(flag, now)
		p, err := netip.ParsePrefix(flag.Subject.Value)
		if !ok || err != nil {
			continue
		}
		if !byPerson(flag, kind) {
			d.restoreStanding(p, kind, flag)
			continue
		}
		one := &decided{kind: kind, allowance: bucket{0, now.UnixNano()}}
		if !flag.Until.IsZero() {
			one.until = flag.Until.UnixNano()
		}
		next.of[unmapped(p)] = one
		next.lengths4, next.lengths6 = withLength(slices.Clone(next.lengths4), slices.Clone(next.lengths6), unmapped(p))
	}
	d.decided.Store(next)
}

// inForce is what a flag's state means now.
func inForce(flag *record.Flag, now time.Time) (record.DecisionKind, bool) {
	if flag.Subject.Kind != record.AddressSubject || flag.Scope != "" || !flag.Until.IsZero() && !now.Before(flag.Until) {
		return "", false
	}
	switch flag.State {
	case record.FlagBanned:
		return record.DecideBan, true
	case record.FlagThrottled:
		return record.DecideThrottle, true
	case record.FlagAllowed:
		return record.DecideAllow, true
	}
	return "", false
}

// byPerson reports whether a person decided what is in force. Only people
// decide for ever.
func byPerson(flag *record.Flag, kind record.DecisionKind) bool {
	if flag.Until.IsZero() || kind == record.DecideAllow {
		return true
	}
	return slices.ContainsFunc(flag.Decisions, func(one record.Decision) bool {
		return one.Decision == kind && one.Until.Equal(flag.Until)
	})
}

func (d *Detector) restoreStanding(p netip.Prefix, kind record.DecisionKind, flag *record.Flag) {
	id := d.locate(p.Addr())
	key, ok := d.keyOf(&id, p)
	if !ok {
		return
	}
	st := &standing{verdict: record.VerdictThrottle, until: flag.Until.UnixNano(), allowance: bucket{0, flag.Since.UnixNano()}}
	if kind == record.DecideBan {
		st.verdict = record.VerdictBan
	}
	if len(flag.Rules) > 0 {
		st.rule = d.ruleIndex(flag.Rules[len(flag.Rules)-1].Rule)
	}
	id.shard.mu.Lock()
	defer id.shard.mu.Unlock()
	makeRoom(id.shard.standing, maxStanding, func(s *standing) int64 { return s.until })
	id.shard.standing[key] = st
}

// restore puts a stored flag among the cases, without its evidence.
func (f *flags) restore(flag *record.Flag, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.of(flag.Subject, now)
	c.Flag = *flag
	c.proofs, c.Evidence = min(len(flag.Evidence), maxEvidence), nil
	for _, r := range flag.Rules {
		if r.Last.After(c.last) {
			c.last = r.Last
		}
	}
	c.Flag = c.copy()
}
