package abuse

import (
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// FirstBan is how long a first ban, and a throttle, lasts unless configured.
const FirstBan = 15 * time.Minute

// laterBans are how long those after it last.
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
		if wider, ok := d.escalate(h); ok {
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
