package abuse

import (
	"math/bits"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/record"
)

// knownCost is what a request costs the budget of a prefix when its session is
// confirmed or its address is shared, and so many people use the prefix.
const knownCost = 1.0 / 8

// observation is a request while it is counted.
type observation struct {
	*Request
	d     *Detector
	loc   location
	class classification
	now   int64
	// confirmed means that a login confirmed its session.
	confirmed bool
	// shared means that its address is that of many users, unknownAgent that none
	// of them logged in with its user agent.
	shared, unknownAgent bool
	// agent is the hash of the user agent, agentKey its identity at the address.
	agent, agentKey uint64

	// values caches the hashes of fields; hashed is the set of those in it.
	values [len(fieldNames)]uint32
	hashed uint8
	// muted is the set of rules that are muted for one of its identities.
	muted uint64
	found []finding
}

// countForSession counts the request for its confirmed session.
func (o *observation) countForSession() {
	key := o.d.sessionKey(o.Session)
	s := o.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	o.extendThrottles(s, key)
	o.countForClient(s, key, placeOf(key), record.ScopeSession)
}

// countForAddress counts the request for its user agent and its prefixes.
func (o *observation) countForAddress(s *shard) {
	o.shared, o.unknownAgent = s.shared.IsShared(o.loc.keys[0], o.now), s.shared.AgentUnknown(o.loc.keys[0], o.agent)
	o.agentKey = o.loc.agentKey(o.agent)
	o.extendThrottles(s, o.agentKey, o.loc.keys[0], o.loc.keys[1], o.loc.keys[2])
	switch {
	case o.confirmed:
	case o.class.tool:
		// All tools at an address are one client, which may change its name.
		o.countForClient(s, o.loc.agentKey(anyTool), o.loc.place, record.ScopeAgent)
	default:
		o.countForClient(s, o.agentKey, o.loc.place, record.ScopeAgent)
	}
	if o.class.rules&^ordinary != 0 {
		s.recent.Add(o.suspect())
	}
	for i := range o.loc.levels {
		o.countForPrefix(s, i)
	}
	for i := range o.found {
		f := &o.found[i]
		if f.evidence == nil && f.IP == o.loc.addr {
			f.evidence = s.recent.Evidence(o.suspect(), o.d.rules.bit(f.Rule))
		}
	}
}

// suspect returns the request as evidence.
func (o *observation) suspect() *flags.Suspect {
	return &flags.Suspect{Request: o.Request.Request, Key: o.loc.keys[0], Addr: o.loc.addr, Rules: o.class.rules, At: o.now}
}

// extendThrottles extends the throttles of these identities to this form, if the
// request was for a form.
func (o *observation) extendThrottles(s *shard, keys ...uint64) {
	if o.class.rules&atForm != 0 && len(s.sanctions) > 0 {
		s.extendThrottles(o.d.form(o.Path), o.now, keys...)
	}
}

// countForClient counts the request for one client: a session or a user agent at an
// address, which is kept in the shard at place.
func (o *observation) countForClient(s *shard, key uint64, place uint8, scope string) {
	var src *counter.Source
	for rules := o.class.rules &^ (1 << rateRule); rules != 0; rules &= rules - 1 {
		i := bits.TrailingZeros64(rules)
		if o.d.rules.list[i].prefixOnly() {
			continue
		}
		if src == nil {
			if src = s.counters.Source(key, o.now, &o.d.rules.limits); src == nil {
				return
			}
		}
		cost := 1.0
		if o.shared && !o.confirmed && passwords>>i&1 != 0 {
			// Many users share this user agent, and some mistype. Where users are
			// known, login events are the better measure.
			cost = knownCost
		}
		if r := o.add(s, src, i, 1, cost); r.Count > 0 {
			o.found = append(o.found, o.finding(i, r, 0, scope, key, place))
		}
	}
}

// countForPrefix counts the request for the address, or a wider prefix around it.
func (o *observation) countForPrefix(s *shard, level int) {
	var src *counter.Source
	for rules := o.class.rules &^ (1<<rateRule | o.muted); rules != 0; rules &= rules - 1 {
		i := bits.TrailingZeros64(rules)
		rule := &o.d.rules.list[i]
		if level > 0 && (rule.Capacity == 0 || i == switchingAgent) {
			continue // the narrowest prefix reports it, or many user agents are ordinary
		}
		if o.confirmed && !rule.prefixOnly() {
			continue // it counts for the session, which the client cannot choose
		}
		factor, cost := o.loc.levels[level].factor, 1.0
		if !rule.prefixOnly() {
			factor *= rule.SharedFactor
			if o.shared {
				cost = knownCost
			}
		}
		if rule.Capacity == 0 {
			if src == nil {
				o.countSingle(s, i)
				continue
			}
		} else if src == nil {
			if src = s.counters.Source(o.loc.keys[level], o.now, &o.d.rules.limits); src == nil {
				continue
			}
		}
		if r := o.add(s, src, i, factor, cost); r.Count > 0 {
			o.found = append(o.found, o.finding(i, r, level, "", o.loc.keys[level], o.loc.place))
		}
	}
}

// countSingle counts for a rule that a single request breaks. It overflows even
// where the table has no room; the counter only mutes the rule afterwards.
func (o *observation) countSingle(s *shard, rule int) {
	r := counter.Result{Count: 1, First: o.now}
	if src := s.counters.Source(o.loc.keys[0], o.now, &o.d.rules.limits); src != nil {
		r = o.add(s, src, rule, 1, 1)
	}
	if r.Count > 0 {
		o.found = append(o.found, o.finding(rule, r, 0, "", o.loc.keys[0], o.loc.place))
	}
}

// add counts the request for a source that may do factor times as much as a client.
func (o *observation) add(s *shard, src *counter.Source, rule int, factor, cost float64) counter.Result {
	r, e := &o.d.rules.list[rule], o.d.rules.event(rule, o.now)
	e.Limit, e.Cost = e.Limit.Times(factor), cost
	// Requests that another site caused never lead to a ban, so they are not mixed
	// with those that do.
	e.Apart = o.CrossSite && r.Action == Block
	if r.Distinct != Any {
		e.Distinct, e.Value = true, o.value(r.Distinct)
	}
	result := s.counters.Count(src, &e, &o.d.rules.limits)
	if result.Muted {
		o.muted |= 1 << rule
	}
	return result
}

// value returns the hash of a field.
func (o *observation) value(f Field) uint32 {
	if o.hashed>>f&1 != 0 {
		return o.values[f]
	}
	var h uint64
	switch f {
	case Path:
		h = o.d.text(o.Path)
	case Query:
		h = o.d.text(o.Query)
	case PathQuery:
		h = o.d.hash(kindText, o.d.text(o.Path), o.Query)
	case FileName:
		h = o.d.text(fileName(o.Path))
	case UserAgent:
		h = o.agent
	}
	o.values[f] = uint32(h)
	o.hashed |= 1 << f
	return o.values[f]
}
