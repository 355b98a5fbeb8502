package abuse

import (
	"net/netip"
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

// A throttled client may do this much.
var throttled = limit{perSecond: 1, burst: 5}

// standing is how the gate stands to an identity, for a time.
type standing struct {
	verdict record.Verdict
	until   int64
	rule    string
	// prefix is that of the client, wherever the standing is kept.
	prefix netip.Prefix
	// paths are those that are throttled; none means all.
	paths [4]uint64
	// allowance is what a throttled client has left. It begins empty: the
	// client has just had more than it should.
	allowance bucket
}

// Admit says whether a request may pass at now. Allow beats ban, and ban beats
// throttle. A detector that does not enforce lets everything pass.
func (d *Detector) Admit(c Client, now time.Time) Verdict {
	if !c.Addr.IsValid() {
		return pass
	}
	t := now.UnixNano()
	id := d.locate(c.Addr)
	people := d.decided.Load()
	if people.allows(id.addr, t) {
		return pass
	}
	if d.free.has(id.addr) { // what the configuration allows beats any ban
		return pass
	}
	// A person may ban or throttle by name what is otherwise left alone.
	v := pass
	if d.enforce {
		v = people.bans(id.addr, t)
	}
	if v.Verdict == record.VerdictPass && !d.isFree(id.addr) {
		v = d.admitted(&id, c, t)
	}
	if v.Verdict == record.VerdictPass && d.enforce {
		v = people.throttles(id.addr, t)
	}
	return v
}

// admitted asks what rules led to.
func (d *Detector) admitted(id *netID, c Client, t int64) Verdict {
	agent := d.hash(kindText, 0, c.UserAgent)
	key := id.agentKey(agent)
	confirmed, cost := false, 1.0
	if c.Session != 0 {
		var v Verdict
		if v, confirmed = d.sessionAdmitted(id, c, t); v.Verdict != record.VerdictPass {
			return v
		}
		if confirmed {
			cost = known
		}
	}
	s := id.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	if !confirmed {
		if v := d.identityAdmitted(s, id, key, "agent", c.Path, t, d.flood.price()); v.Verdict != record.VerdictPass {
			return v
		}
		if len(s.standing) > 0 && s.isStranger(id.keys[0], agent) {
			if v := d.stands(s, id.strangersKey(), c.Path, t); v.Verdict != record.VerdictPass {
				return v
			}
		}
		if s.isShared(id.keys[0], t) {
			cost = known
		}
	}
	return d.prefixAdmitted(s, id, c.Path, t, cost)
}

// sessionAdmitted asks for the session, and says whether a login confirmed it.
func (d *Detector) sessionAdmitted(id *netID, c Client, now int64) (Verdict, bool) {
	key := d.sessionKey(c.Session)
	s := d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.sessionStands(s, key, now) {
		return d.identityAdmitted(s, id, key, "session", c.Path, now, 1), true
	}
	return d.stands(s, key, c.Path, now), false
}

// identityAdmitted asks whether an identity may pass, and takes from its rate.
func (d *Detector) identityAdmitted(s *shard, id *netID, key uint64, scope, path string, now int64, cost float64) Verdict {
	if len(s.standing) > 0 {
		if v := d.stands(s, key, path, now); v.Verdict != record.VerdictPass {
			return v
		}
	}
	return d.rated(s, id, key, 0, scope, now, 1, cost)
}

func (d *Detector) prefixAdmitted(s *shard, id *netID, path string, now int64, cost float64) Verdict {
	if len(s.standing) > 0 {
		for i := range id.levels {
			if i > 0 && cost == known {
				break // what the neighbours did is nothing against whom it is known of
			}
			if v := d.stands(s, id.keys[i], path, now); v.Verdict != record.VerdictPass {
				return v
			}
		}
	}
	for i, l := range id.levels {
		crowd := d.rules.list[rateRule].Crowd * l.crowd
		if v := d.rated(s, id, id.keys[i], i, "", now, crowd, cost); v.Verdict != record.VerdictPass {
			return v
		}
	}
	return pass
}

// stands is what the gate's standing to an identity means for a request.
func (d *Detector) stands(s *shard, key uint64, path string, now int64) Verdict {
	st, ok := s.standing[key]
	if !ok || !d.enforce {
		return pass
	}
	if now >= st.until {
		delete(s.standing, key)
		return pass
	}
	if st.paths[0] != 0 && !st.hasPath(d.form(path)) {
		return pass
	}
	if st.verdict == record.VerdictThrottle {
		ok, wait := st.allowance.take(throttled, now, 1)
		if ok {
			return pass
		}
		return Verdict{st.verdict, wait, st.rule}
	}
	return Verdict{st.verdict, time.Duration(st.until - now), st.rule}
}

func (st *standing) hasPath(path uint64) bool {
	for _, p := range st.paths {
		if p == path {
			return true
		}
	}
	return false
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
