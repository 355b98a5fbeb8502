package abuse

import (
	"time"

	"github.com/gatebook/gatebook/record"
)

// Verdict says what to do with a request, and why.
type Verdict struct {
	Verdict record.Verdict
	// RetryAfter is when the same request would pass, if nothing else comes.
	RetryAfter time.Duration
	// Rule is the one that led to it, "" for a person's decision.
	Rule string
}

var pass = Verdict{Verdict: record.VerdictPass}

// Admit says whether a request may pass at now. Allow beats ban, and ban beats
// throttle. A detector that does not enforce lets everything pass.
func (d *Detector) Admit(c Client, now time.Time) Verdict {
	if !c.Addr.IsValid() {
		return pass
	}
	t := now.UnixNano()
	id := d.locate(c.Addr)
	decisions := d.decided.Load()
	if decisions.allows(id.addr, t) {
		return pass
	}
	if d.free.has(id.addr) { // what the configuration allows beats any ban
		return pass
	}
	// A person may ban or throttle by name what is otherwise left alone.
	v := pass
	if d.enforce {
		v = decisions.bans(id.addr, t)
	}
	if v.Verdict == record.VerdictPass && !d.isFree(id.addr) {
		v = d.admitted(&id, c, t)
	}
	if v.Verdict == record.VerdictPass && d.enforce {
		v = decisions.throttles(id.addr, t)
	}
	return v
}

// admitted asks what rules led to.
func (d *Detector) admitted(id *netID, c Client, t int64) Verdict {
	agent, confirmed, v := d.hash(kindText, 0, c.UserAgent), false, pass
	if c.Session != 0 {
		v, confirmed = d.sessionAdmitted(id, c, t)
	}
	s := id.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.standing) > 0 {
		keys, n := s.heldAs(id, agent, confirmed, t)
		for _, key := range keys[:n] {
			if st := s.standing[key]; st != nil && st.verdict == record.VerdictBan {
				if ban := d.stands(s, key, c.Path, t); ban.Verdict != record.VerdictPass {
					return ban
				}
			}
		}
		for _, key := range keys[:n] {
			if v.Verdict == record.VerdictPass {
				v = d.stands(s, key, c.Path, t)
			}
		}
	}
	if v.Verdict != record.VerdictPass {
		return v
	}
	if !confirmed {
		if v := d.rated(s, id, id.agentKey(agent), 0, record.ScopeAgent, t, 1, d.flood.price()); v.Verdict != record.VerdictPass {
			return v
		}
	}
	cost := 1.0
	if confirmed || s.isShared(id.keys[0], t) {
		cost = knownCost
	}
	for i, l := range id.levels {
		crowd := d.rules.list[rateRule].Crowd * l.crowd
		if v := d.rated(s, id, id.keys[i], i, "", t, crowd, cost); v.Verdict != record.VerdictPass {
			return v
		}
	}
	return pass
}

// sessionAdmitted asks for the session, and says whether a login confirmed it.
func (d *Detector) sessionAdmitted(id *netID, c Client, now int64) (Verdict, bool) {
	key := d.sessionKey(c.Session)
	s := d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	confirmed := d.sessionStands(s, key, now)
	v := d.stands(s, key, c.Path, now)
	if v.Verdict == record.VerdictPass && confirmed {
		v = d.rated(s, id, key, 0, record.ScopeSession, now, 1, 1)
	}
	return v, confirmed
}

// rated takes a request from an identity's rate.
func (d *Detector) rated(s *shard, id *netID, key uint64, level int, scope string, now int64, crowd, cost float64) Verdict {
	if !d.on(rateRule) {
		return pass
	}
	src := s.source(key, now, &d.rules)
	if src == nil {
		return pass
	}
	l := d.rules.rate.crowded(crowd)
	if src.fresh {
		src.rate, src.fresh = l.full(now), false
	}
	ok, wait := src.rate.take(l, now, min(cost, l.burst))
	if ok {
		return pass
	}
	d.tooFast(s, src, id, level, scope, now, int(l.burst))
	if !d.enforce || d.rules.list[rateRule].Action == Observe {
		return pass
	}
	return Verdict{record.VerdictThrottle, wait, d.rules.list[rateRule].Name}
}

// tooFast leaves an overflow for the next Observe, once until the rule speaks
// again.
func (d *Detector) tooFast(s *shard, src *source, id *netID, level int, scope string, now int64, burst int) {
	c := s.count(src, tally{rule: rateRule, now: now, limit: limit{burst: 1}}, &d.rules)
	if c == nil || now < c.mute || len(s.pending) >= maxPending {
		return
	}
	rule := &d.rules.list[rateRule]
	c.mute = now + int64(rule.Mute)
	p := id.prefix(level)
	s.pending = append(s.pending, Overflow{
		Rule: rule.Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
		IP: id.addr, Prefix: p, Scope: scope,
		First: unix(now), At: unix(now), Count: burst + 1, Action: rule.Action,
	})
}

// maxPending bounds what waits for an Observe.
const maxPending = 64
