package abuse

import (
	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/record"
)

// finding returns an overflow of an identity, and as whom the client is sanctioned
// for it. A shared address is never sanctioned as a whole.
func (o *observation) finding(c *charge, r counter.Result, level int, scope string, key uint64, place uint8) finding {
	rule, action, p := &o.d.rules.list[c.rule], o.action(c), o.loc.prefix(level)
	f := finding{
		Overflow: Overflow{
			Rule: rule.Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
			IP: o.loc.addr, Prefix: p, Scope: scope, Action: action,
			First: unix(r.First), At: unix(o.now), Count: r.Count,
		},
		key: key, place: place, mayBan: level == 0 && !o.shared && !o.confirmed && o.mayBan(c),
	}
	f.tool = o.class.tool && scope == record.ScopeAgent && rule.Class == Miss
	if action == Block && level > 0 {
		f.Action = Throttle
	}
	if atForm>>c.rule&1 != 0 {
		f.path = o.d.form(o.Method, o.Path)
	}
	refusable := rule.Class == Proof || rule.Class == Secret
	switch {
	case o.shared && f.Action >= Throttle:
		if f.Action == Block && (refusable || rule.Class == Injection || rule.Class == Product) {
			f.intent = 1 << c.rule
		}
		f.Action = Throttle
		o.aimAtClient(&f, action, r.LastMute > 0 && o.now-r.LastMute < int64(FirstBan))
	case o.shared:
	case o.crowded && rule.Class == Guess && f.Action == Throttle:
		o.aimAtClient(&f, action, r.LastMute > 0 && o.now-r.LastMute < int64(FirstBan))
	case f.Action == Block:
		f.aim("", o.loc.keys[level], o.loc.place)
	}
	if o.caused() && f.Action == Throttle && f.key != 0 {
		// Readers are not held up for what a page made their browsers ask for.
		f.key = causedKey(f.key)
		if refusable && rule.Action == Block && !c.mild {
			f.intent, f.caused = 1<<c.rule, true // a page loses a picture that does not exist
		}
	}
	return f
}

// mayBan reports whether a request may lead to a ban under a rule.
func (o *observation) mayBan(c *charge) bool {
	class := o.d.rules.list[c.rule].Class
	switch {
	case c.mild || o.caused():
		return false
	case (class == Product || class == Miss) && !o.mature:
		return false // it may be the application's own: nothing is known of it yet
	}
	return o.d.rules.explicit>>c.rule&1 == 0 || o.d.rules.list[c.rule].Action == Block
}

// action returns the consequence of a request for a rule.
func (o *observation) action(c *charge) Action {
	action := o.d.rules.list[c.rule].Action
	if action == Block && !o.mayBan(c) {
		return Throttle
	}
	return action
}

// subnetFinding returns the overflow of an IPv4 subnet.
func (o *observation) subnetFinding(r counter.Result, key uint64) finding {
	rule, p := &o.d.rules.list[subnetProbing], subnetOf(o.loc.addr)
	return finding{
		Overflow: Overflow{
			Rule: rule.Name, Subject: record.FlagSubject{Kind: record.AddressSubject, Value: p.String()},
			IP: o.loc.addr, Prefix: p, Action: min(rule.Action, Throttle),
			First: unix(r.First), At: unix(o.now), Count: r.Count,
		},
		key: key, place: placeOf(key),
	}
}

// aimAtClient aims at the one client behind a shared address that did it: its
// session or its user agent. again means that the rule was broken not long ago.
func (o *observation) aimAtClient(f *finding, action Action, again bool) {
	f.aim(record.ScopeAgent, o.agentKey, o.loc.place)
	if o.stranger && action == Block {
		f.key = o.loc.unknownAgentsKey() // a client cannot escape by changing its user agent
	}
	// A client can change an unconfirmed session, so the second time it is the user
	// agent that is sanctioned.
	if o.confirmed || o.Session != 0 && f.path != 0 && !again {
		f.aim(record.ScopeSession, o.session.key, placeOf(o.session.key))
	}
}

// excuseMiss gives back most of what the miss of a user agent cost its address that has
// come by a dead link and is served now: where many people are behind one address, each
// comes by another link.
func (o *observation) excuseMiss(s *shard) {
	limits := &o.d.rules.limits
	for i, l := range o.loc.levels {
		factor := l.factor * o.d.rules.list[probing].SharedFactor
		s.refund(limits, o.loc.keys[i], probing, factor, excusedMiss, o.now)
	}
}

// excusedMiss is how much of a miss is given back.
const excusedMiss = 0.75

// subnetClients is twice the number of neighbours that make a subnet.
const subnetClients = 20

// countForSubnet counts a miss for the IPv4 subnet: many neighbours that look for
// what is not there are throttled together.
func (o *observation) countForSubnet() {
	if o.judged.rules>>subnetProbing&1 == 0 || o.shared {
		return
	}
	c := o.judged.of(subnetProbing)
	key := o.d.subnetKey(o.loc.addr)
	s := o.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.counters.Source(key, o.now, &o.d.rules.limits)
	if src == nil {
		return
	}
	clients := o.event(c, 1, 1)
	clients.Kind, clients.Burst, clients.Value = counter.Apart, subnetClients, uint32(o.loc.keys[0])
	_ = s.counters.Count(src, &clients, &o.d.rules.limits)
	e := o.event(c, 1, c.cost)
	r := s.counters.Count(src, &e, &o.d.rules.limits)
	if many := s.counters.Find(key, subnetProbing, counter.Apart); r.Count > 0 && many != nil && (many.Values() >= subnetClients/2 || many.Muted(o.now)) {
		o.found = append(o.found, o.subnetFinding(r, key))
	}
}
