package abuse

import (
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/pattern"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
	"github.com/gatebook/gatebook/record"
)

// Arrived counts a request from addr that the gate has begun to serve, before
// [Detector.Admit], so that a flood is found that the application cannot answer. Where
// requests are known only once they were answered, as in a log, it is not called.
func (d *Detector) Arrived(addr netip.Addr, now time.Time) {
	d.flood.Arrived(d.clientKey(addr), now.UnixNano())
}

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
		a := admission{Detector: d, loc: &loc, method: c.Method, path: c.Path, now: t}
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
	loc          *location
	method, path string
	now          int64
}

func (a *admission) decide(c *Client) Verdict {
	agent, v := a.text(c.UserAgent), pass
	of := a.sessionOf(c.Session, a.now)
	confirmed := of.confirmed
	listed := a.listed(c, confirmed)
	if listed.Verdict == record.VerdictBan {
		return listed
	}
	if c.Session != 0 {
		v = a.session(&of)
	}
	if v.Verdict == record.VerdictPass {
		v = listed
	}
	if v.Verdict == record.VerdictPass && !confirmed {
		v = a.subnet(agent)
	}
	if v.Verdict == record.VerdictPass {
		v = a.intent(c)
	}
	path := ""
	if len(a.paths) > 0 {
		path = pattern.Spelled(c.Path)
	}
	if v.Verdict == record.VerdictPass {
		v = a.instanceRates(c, path)
	}
	s := &a.shards[a.loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sanctions) > 0 {
		keys, n := s.sanctionable(a.loc, agent, confirmed, a.isTool(c.UserAgent, agent), c.Caused, a.now)
		v = a.strictest(s, v, keys[:n])
	}
	if v.Verdict == record.VerdictPass {
		v = a.pathRates(s, c, path, &of, agent)
	}
	if v.Verdict != record.VerdictPass {
		return v
	}
	price := 1.0
	if !confirmed {
		key := a.loc.agentKey(agent)
		if a.flood.On() && !a.hasStanding(s, key, agent) {
			price = floodPrice
		}
		factor := 1.0
		if s.shared.IsCrowded(a.loc.keys[0], a.now) && !s.shared.AgentUnknown(a.loc.keys[0], agent) {
			factor = a.rules.list[rateRule].SharedFactor // many users have this browser
		}
		if v := a.rate(s, client{key: key, scope: record.ScopeAgent}, factor, price); v.Verdict != record.VerdictPass {
			return v
		}
		if price > 1 {
			who := a.loc.keys[0]
			if s.shared.IsShared(who, a.now) {
				who = key
			}
			if v := a.share(who); v.Verdict != record.VerdictPass {
				return v
			}
		}
	}
	cost := price
	if confirmed || s.shared.IsShared(a.loc.keys[0], a.now) {
		cost = knownCost
	}
	for i, l := range a.loc.levels {
		factor := a.rules.list[rateRule].SharedFactor * l.factor
		if v := a.rate(s, client{key: a.loc.keys[i], level: i}, factor, cost); v.Verdict != record.VerdictPass {
			return v
		}
	}
	return pass
}

// floodPrice is what a request of a client without standing costs during a flood.
const floodPrice = 20

// share takes a request of a client from what clients without standing may have together
// during a flood. The client is an address, which has one place in the queue however
// many user agents it has, unless the address is shared.
func (a *admission) share(client uint64) Verdict {
	if !a.enforce || a.rules.list[instanceFlood].Action < Throttle {
		return pass
	}
	if ok, wait := a.flood.Take(client, a.now); !ok {
		return Verdict{record.VerdictThrottle, max(wait, time.Second), a.rules.list[instanceFlood].Name}
	}
	return pass
}

// hasStanding reports whether a client was there before, and well behaved: its user
// logged in at the address, or its requests were mostly answered well.
func (a *admission) hasStanding(s *shard, key, agent uint64) bool {
	if !s.shared.AgentUnknown(a.loc.keys[0], agent) {
		return true
	}
	src := s.counters.Lookup(key)
	return src != nil && src.Conduct.Good(a.now)
}

// subnet checks the subnet of an IPv4 address. It does not hold for clients with
// standing.
func (a *admission) subnet(agent uint64) Verdict {
	if a.subnets.Load() == 0 || !a.loc.addr.Is4() {
		return pass
	}
	own := &a.shards[a.loc.place]
	own.mu.Lock()
	standing := a.hasStanding(own, a.loc.agentKey(agent), agent)
	own.mu.Unlock()
	if standing {
		return pass
	}
	key := a.subnetKey(a.loc.addr)
	s := a.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.sanctioned(s, key)
}

// session checks the client of a session.
func (a *admission) session(of *sessionClient) Verdict {
	s := a.shardOf(of.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	v := a.sanctioned(s, of.key)
	if v.Verdict == record.VerdictPass && of.confirmed {
		v = a.rate(s, client{key: of.key, scope: record.ScopeSession}, 1, 1)
	}
	return v
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
	if !a.covers(of, a.method, a.path) {
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

// covers reports whether a sanction holds for a request.
func (h hasher) covers(s *sanction.Sanction, method, path string) bool {
	return !s.Limited() || s.Has(h.form(method, path))
}
