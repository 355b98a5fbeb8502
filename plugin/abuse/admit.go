package abuse

import (
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
	"github.com/gatebook/gatebook/record"
)

// Admit returns whether a request may pass at now. An allow beats a ban, and a ban
// beats a throttle. A detector that does not enforce lets every request pass.
func (d *Detector) Admit(c Client, now time.Time) Verdict {
	if !c.Addr.IsValid() {
		return pass
	}
	t := now.UnixNano()
	loc := d.locate(c.Addr)
	decisions := d.decisions.Load()
	if decisions.allows(loc.addr, t) || d.allowed.listed.Has(loc.addr) {
		return pass
	}
	v := pass
	if d.enforce {
		v = decisions.banned(loc.addr, t)
	}
	// Private networks are exempt from rules, but not from people's decisions.
	if v.Verdict == record.VerdictPass && !d.allowed.has(loc.addr) {
		a := admission{Detector: d, loc: &loc, path: c.Path, now: t}
		v = a.decide(&c)
	}
	if v.Verdict == record.VerdictPass && d.enforce {
		v = decisions.throttled(loc.addr, t)
	}
	return v
}

// admission is a request that is checked against sanctions and the request rate.
type admission struct {
	*Detector
	loc  *location
	path string
	now  int64
}

func (a *admission) decide(c *Client) Verdict {
	agent, confirmed, v := a.text(c.UserAgent), false, pass
	if c.Session != 0 {
		v, confirmed = a.session(c.Session)
	}
	s := &a.shards[a.loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sanctions) > 0 {
		keys, n := s.sanctionable(a.loc, agent, confirmed, a.now)
		v = a.strictest(s, v, keys[:n])
	}
	if v.Verdict != record.VerdictPass {
		return v
	}
	if !confirmed {
		if v := a.rate(s, client{a.loc.agentKey(agent), 0, record.ScopeAgent}, 1, a.flood.Price()); v.Verdict != record.VerdictPass {
			return v
		}
	}
	cost := 1.0
	if confirmed || s.shared.IsShared(a.loc.keys[0], a.now) {
		cost = knownCost
	}
	for i, l := range a.loc.levels {
		factor := a.rules.list[rateRule].SharedFactor * l.factor
		if v := a.rate(s, client{a.loc.keys[i], i, ""}, factor, cost); v.Verdict != record.VerdictPass {
			return v
		}
	}
	return pass
}

// session checks the client's session. It also reports whether a login confirmed it.
func (a *admission) session(session uint64) (Verdict, bool) {
	key := a.sessionKey(session)
	s := a.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	confirmed := a.useSession(s, key, a.now)
	v := a.sanctioned(s, key)
	if v.Verdict == record.VerdictPass && confirmed {
		v = a.rate(s, client{key, 0, record.ScopeSession}, 1, 1)
	}
	return v, confirmed
}

// strictest returns the verdict of bans, then v, then that of throttles. Only the
// throttle that is returned is taken from.
func (a *admission) strictest(s *shard, v Verdict, keys []uint64) Verdict {
	for _, key := range keys {
		if of := s.sanctions[key]; of != nil && of.Verdict == record.VerdictBan {
			if ban := a.sanctioned(s, key); ban.Verdict != record.VerdictPass {
				return ban
			}
		}
	}
	for _, key := range keys {
		if v.Verdict == record.VerdictPass {
			v = a.sanctioned(s, key)
		}
	}
	return v
}

// sanctioned returns the verdict of the sanction of an identity.
func (a *admission) sanctioned(s *shard, key uint64) Verdict {
	of, ok := s.sanctions[key]
	if !ok || !a.enforce {
		return pass
	}
	if !of.Holds(a.now) {
		delete(s.sanctions, key)
		return pass
	}
	if !a.covers(of, a.path) {
		return pass
	}
	if of.Verdict == record.VerdictThrottle {
		ok, wait := of.Take(a.now)
		if ok {
			return pass
		}
		return Verdict{of.Verdict, wait, of.Rule}
	}
	return Verdict{of.Verdict, time.Duration(of.Until - a.now), of.Rule}
}

// covers reports whether a sanction holds for a path.
func (h hasher) covers(s *sanction.Sanction, path string) bool {
	return !s.Limited() || s.Has(h.form(path))
}

// client is an identity with a request rate.
type client struct {
	key   uint64
	level int
	scope string
}

// rate takes a request from the rate of a client.
func (a *admission) rate(s *shard, c client, factor, cost float64) Verdict {
	if !a.rules.on(rateRule) {
		return pass
	}
	src := s.counters.Source(c.key, a.now, &a.rules.limits)
	if src == nil {
		return pass
	}
	l := a.rules.limits.Rate.Times(factor)
	ok, wait := src.TakeRate(l, a.now, min(cost, l.Burst))
	if ok {
		return pass
	}
	a.tooFast(s, src, c, int(l.Burst))
	if !a.enforce || a.rules.list[rateRule].Action == Observe {
		return pass
	}
	return Verdict{record.VerdictThrottle, wait, a.rules.list[rateRule].Name}
}

// tooFast leaves an overflow of the rate for the next Observe, unless the rule is
// muted.
func (a *admission) tooFast(s *shard, src *counter.Source, of client, burst int) {
	rule := &a.rules.list[rateRule]
	c := s.counters.Counter(src, &counter.Event{Rule: rateRule, Now: a.now, Limit: counter.Limit{Burst: 1}}, &a.rules.limits)
	if c == nil || c.Muted(a.now) || len(s.pending) >= maxPending {
		return
	}
	c.Mute(a.now + int64(rule.Mute))
	p := a.loc.prefix(of.level)
	s.pending = append(s.pending, Overflow{
		Rule: rule.Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
		IP: a.loc.addr, Prefix: p, Scope: of.scope,
		First: unix(a.now), At: unix(a.now), Count: burst + 1, Action: rule.Action,
	})
}
