package abuse

import (
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Restore takes over flags as they were stored, so that bans hold from the first
// request on. A flag that the detector has compared with the store already stays as
// it is. A throttle of a user agent, a session or a login form does not come back:
// the client has a new chance.
func (d *Detector) Restore(list []record.Flag, now time.Time) {
	d.decide.Lock()
	defer d.decide.Unlock()
	next := d.decided.Load().still(now.UnixNano())
	for i := range list {
		flag := &list[i]
		if !d.flags.restore(flag, now) {
			continue // what is known is newer
		}
		p, err := netip.ParsePrefix(flag.Subject.Value)
		if err != nil || flag.Subject.Kind != record.AddressSubject {
			continue
		}
		person, lasts := flag.Lasting(now)
		if lasts {
			next.add(unmapped(p), newDecided(person, now))
		}
		if ofGate(flag, now) && !(lasts && person.Until.Equal(flag.Until)) {
			d.restoreStanding(p, flag, now)
		}
	}
	d.decided.Store(next)
}

// ofGate reports whether the gate still bans or throttles a whole address. It does
// so for a time: only people decide for ever.
func ofGate(f *record.Flag, now time.Time) bool {
	return (f.State == record.FlagBanned || f.State == record.FlagThrottled) && f.Scope == "" && now.Before(f.Until)
}

func (d *Detector) restoreStanding(p netip.Prefix, flag *record.Flag, now time.Time) {
	id := d.locate(p.Addr())
	key, ok := d.keyOf(&id, p)
	if !ok {
		return
	}
	st := &standing{verdict: record.VerdictThrottle, until: flag.Until.UnixNano(), prefix: p, allowance: bucket{0, flag.Since.UnixNano()}}
	if flag.State == record.FlagBanned {
		st.verdict = record.VerdictBan
	}
	if len(flag.Rules) > 0 {
		st.rule = flag.Rules[len(flag.Rules)-1].Rule
	}
	id.shard.mu.Lock()
	defer id.shard.mu.Unlock()
	if old := id.shard.standing[key]; old != nil && now.UnixNano() < old.until {
		old.join(st)
		return
	}
	makeRoom(id.shard.standing, maxStanding, func(s *standing) int64 { return s.until })
	id.shard.standing[key] = st
}

// restore puts a stored flag among the cases, without its evidence, and reports
// whether it was not there.
func (f *flags) restore(flag *record.Flag, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.cases[flag.Subject]; c != nil && !c.unmerged {
		return false
	}
	f.of(flag.Subject, now).merge(flag, now)
	return true
}

// merge adds to an unmerged case what is stored of it.
func (c *flagCase) merge(stored *record.Flag, now time.Time) {
	newer := c.Flag
	c.Flag, c.unmerged = *stored, false
	c.Flag = c.copy()
	c.Evidence = newer.Evidence
	c.proofs = min(c.proofs+len(stored.Evidence), maxEvidence)
	for _, r := range stored.Rules {
		if r.Last.After(c.last) {
			c.last = r.Last
		}
	}
	for _, r := range newer.Rules {
		c.addRule(&Overflow{Rule: r.Rule, First: r.First, At: r.Last, Count: r.Count})
	}
	for _, one := range newer.Decisions {
		c.AddDecision(one)
	}
	for _, one := range newer.Notes {
		c.AddNote(one)
	}
	c.Strikes += newer.Strikes
	if newer.Review != record.ReviewNew {
		c.Review = newer.Review
	}
	c.take(&newer, now)
}
