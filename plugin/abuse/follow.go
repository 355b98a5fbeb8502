package abuse

import (
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// How long bans last, for each strike; the first is configured. A throttle
// lasts as long as a first ban.
const firstBan = 15 * time.Minute

var laterBans = []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour, LongestBan}

// LongestBan is the longest time for a ban that nobody decided.
const LongestBan = 7 * 24 * time.Hour

// banFor is how long a ban lasts after so many before it.
func (d *Detector) banFor(strikes int) time.Duration {
	if strikes == 0 {
		return d.ban
	}
	return max(d.ban, laterBans[min(strikes, len(laterBans))-1])
}

// banBudget bounds what a mistake of ours, or a forged flood, can do.
type banBudget struct {
	mu     sync.Mutex
	minute int64
	bans   int
}

// spend reports whether there may be one more ban, and whether this is the
// first one that may not.
func (b *banBudget) spend(perMinute int, now time.Time) (ok, exhausted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m := now.Unix() / 60; m != b.minute {
		b.minute, b.bans = m, 0
	}
	b.bans++
	return b.bans <= perMinute, b.bans == perMinute+1
}

// BanBudgetRule is the name under which the instance is flagged when the ban
// budget was spent.
const BanBudgetRule = "ban-budget"

// follow does what hits lead to, and says what they were.
func (d *Detector) follow(hits []hit, now time.Time) []Overflow {
	if len(hits) == 0 {
		return nil
	}
	var list []Overflow
	for i := 0; i < len(hits); i++ {
		h := &hits[i]
		list = append(list, h.Overflow)
		// The rate is kept by refusing what is too much, not by a throttle.
		refusesItself := h.Rule == builtin[rateRule].Name && h.Action == Throttle
		var st *standing
		if d.enforce && h.Action >= Throttle && h.at != nil && !refusesItself {
			var spent bool
			if st, spent = d.standingFor(h, now); spent {
				hits = append(hits, hit{Overflow: Overflow{
					Rule: BanBudgetRule, Subject: record.FlagSubject{Kind: record.InstanceSubject},
					First: now.UTC(), At: now.UTC(), Count: d.bans, Action: Observe,
				}})
				h = &hits[i]
			}
		}
		d.flags.note(h, st, now)
		if wider, ok := d.siblings(h); ok {
			hits = append(hits, wider)
		}
	}
	return list
}

// standingFor bans or throttles. spent says that the budget for bans was spent
// by this one.
func (d *Detector) standingFor(h *hit, now time.Time) (st *standing, spent bool) {
	t := now.UnixNano()
	st = &standing{verdict: record.VerdictThrottle, until: t + int64(d.ban), rule: h.Rule, prefix: h.Prefix, allowance: bucket{0, t}}
	if h.Action == Block {
		var ok bool
		if ok, spent = d.budget.spend(d.bans, now); ok {
			st.verdict = record.VerdictBan
			st.until = t + int64(d.banFor(d.flags.strikes(h.Subject)))
		}
	}
	if h.path != 0 && st.verdict == record.VerdictThrottle {
		st.paths[0] = h.path
	}
	h.at.mu.Lock()
	defer h.at.mu.Unlock()
	old := h.at.standing[h.key]
	if old == nil || t >= old.until {
		makeRoom(h.at.standing, maxStanding, func(s *standing) int64 { return s.until })
		h.at.standing[h.key] = st
	} else {
		old.join(st)
		st = old
	}
	as := *st // a copy, since others change what is in the shard
	return &as, spent
}

// join makes a standing that holds already as strict as another one.
func (st *standing) join(other *standing) {
	st.until = max(st.until, other.until)
	if other.verdict == record.VerdictBan || st.verdict == record.VerdictBan {
		st.verdict, st.paths = record.VerdictBan, [4]uint64{}
		return
	}
	if st.paths[0] == 0 || other.paths[0] == 0 {
		st.paths = [4]uint64{}
		return
	}
	for i, p := range st.paths {
		if p == other.paths[0] {
			return
		}
		if p == 0 {
			st.paths[i] = other.paths[0]
			return
		}
	}
	st.paths = [4]uint64{} // who tries that many may be anywhere
}

// alsoAt holds up an identity at one more path where it is held up at some: the
// next door to the same room.
func (s *shard) alsoAt(key, path uint64, now int64) {
	st, ok := s.standing[key]
	if ok && now < st.until && st.paths[0] != 0 {
		st.join(&standing{verdict: st.verdict, until: st.until, paths: [4]uint64{path}})
	}
}

// release ends what holds up an address and all that it is counted as, and one
// of its agents.
func (d *Detector) release(id *netID, agent uint64) {
	id.shard.mu.Lock()
	defer id.shard.mu.Unlock()
	delete(id.shard.standing, id.agentKey(agent))
	for i := range id.levels {
		delete(id.shard.standing, id.keys[i])
	}
}

// siblings are the /64 prefixes of a /48 that were flagged.
type siblings struct {
	keys [3]uint64
	last int64
	done bool
}

// siblings escalates to the /48, which is throttled, when three of its /64 were
// flagged as a whole.
func (d *Detector) siblings(h *hit) (wider hit, ok bool) {
	if h.Action < Throttle || !h.IP.Is6() || h.Prefix.Bits() != 64 {
		return hit{}, false
	}
	id := d.locate(h.IP)
	if h.key != id.keys[0] || h.path != 0 {
		return hit{}, false
	}
	s := id.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	key, t := id.keys[2], h.At.UnixNano()
	sib := s.siblings[key]
	if sib == nil || t-sib.last > userDay {
		makeRoom(s.siblings, maxSiblings, func(s *siblings) int64 { return s.last })
		sib = new(siblings)
		s.siblings[key] = sib
	}
	sib.last = t
	for i, k := range sib.keys {
		if k == id.keys[0] {
			return hit{}, false
		}
		if k == 0 {
			sib.keys[i] = id.keys[0]
			break
		}
	}
	if sib.keys[2] == 0 || sib.done {
		return hit{}, false
	}
	sib.done = true
	wider = *h
	wider.Prefix = id.prefix(2)
	wider.Subject.Value = wider.Prefix.String()
	wider.Action, wider.Scope, wider.key, wider.at = Throttle, "", key, s
	return wider, true
}

// forgive takes a /64 off the list of those that were flagged in its /48.
func (s *shard) forgive(id *netID) {
	sib := s.siblings[id.keys[2]]
	if sib == nil || !id.addr.Is6() {
		return
	}
	for i, k := range sib.keys {
		if k == id.keys[0] {
			copy(sib.keys[i:], sib.keys[i+1:])
			sib.keys[len(sib.keys)-1], sib.done = 0, false
			return
		}
	}
}
