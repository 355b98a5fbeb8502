package abuse

import (
	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/record"
)

// knownCost is what a request costs the budget of a prefix when its session is
// confirmed or its address is shared, and so many people use the prefix.
const knownCost = 1.0 / 8

// explainedLogin is what a refused login costs the rate of logins where many more
// succeed.
const explainedLogin = 0.1

// countForSession counts the request for its confirmed session.
func (o *observation) countForSession() {
	key := o.session.key
	s := o.d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	o.extendThrottles(s, key)
	o.countForClient(s, key, placeOf(key), record.ScopeSession)
}

// countForAddress counts the request for its user agent and its prefixes, and how it
// was answered.
func (o *observation) countForAddress(s *shard) {
	o.extendThrottles(s, o.agentKey, o.loc.keys[0], o.loc.keys[1], o.loc.keys[2])
	switch {
	case o.confirmed:
	case o.class.tool:
		// All tools at an address are one client, which may change its name.
		o.countForClient(s, o.loc.agentKey(anyTool), o.loc.place, record.ScopeAgent)
	default:
		o.countForClient(s, o.agentKey, o.loc.place, record.ScopeAgent)
	}
	if o.judged.rules&^ordinary != 0 {
		s.recent.Add(o.suspect())
	}
	for i := range o.loc.levels {
		o.countForPrefix(s, i)
	}
	o.countConduct(s)
	for i := range o.found {
		f := &o.found[i]
		if f.evidence == nil && f.IP == o.loc.addr {
			suspect := o.suspect()
			if suspect.Worth.Rule == "" {
				suspect.Worth.Rule, suspect.Worth.Cost = f.Rule, 1 // ordinary requests count for it
			}
			f.evidence = s.recent.Evidence(suspect, o.d.rules.bit(f.Rule))
		}
	}
}

// countConduct remembers how the user agent was answered.
func (o *observation) countConduct(s *shard) {
	src := s.counters.Source(o.agentKey, o.now, &o.d.rules.limits)
	switch {
	case src == nil:
	case o.answer == served && !o.judged.never:
		if src.Conduct.CameByDeadLink() {
			o.excuseMiss(s)
		}
		src.Conduct.Answered(o.static, o.now)
	case o.Status == 401:
		src.Conduct.Refused(o.now)
	case o.answer == missed && !o.known.Broken && !o.static:
		src.Conduct.Missed(o.now)
	}
}

// suspect returns the request as evidence.
func (o *observation) suspect() *flags.Suspect {
	return &flags.Suspect{Request: o.Request.Request, Key: o.loc.keys[0], Addr: o.loc.addr, Rules: o.judged.rules, At: o.now, Worth: o.worth()}
}

// extendThrottles extends the throttles of these identities to this form, if the
// request was for a form.
func (o *observation) extendThrottles(s *shard, keys ...uint64) {
	if o.judged.rules&atForm != 0 && len(s.sanctions) > 0 {
		s.extendThrottles(o.d.form(o.Method, o.Path), o.now, keys...)
	}
}

// countForClient counts the request for one client: a session or a user agent at an
// address, which is kept in the shard at place.
func (o *observation) countForClient(s *shard, key uint64, place uint8, scope string) {
	var src *counter.Source
	for i := range o.judged.n {
		c := &o.judged.charges[i]
		if o.d.rules.list[c.rule].prefixOnly() {
			continue
		}
		if src == nil {
			if src = s.counters.Source(key, o.now, &o.d.rules.limits); src == nil {
				return
			}
		}
		cost := c.cost
		if o.shared && !o.confirmed && passwords>>c.rule&1 != 0 {
			// Many users share this user agent, and some mistype. Where users are
			// known, login events are the better measure.
			cost *= knownCost
		}
		cost *= o.loginCost(s, c, o.agentKey)
		if r := o.add(s, src, c, 1, cost); r.Count > 0 {
			o.found = append(o.found, o.finding(c, r, 0, scope, key, place))
		}
	}
}

// loginCost returns the factor of what a charge costs an identity: less for a refused
// login where many more succeed.
func (o *observation) loginCost(s *shard, c *charge, key uint64) float64 {
	if c.rule == loginRate && s.ratios.Explained(key, o.now) {
		return explainedLogin
	}
	return 1
}

// countForPrefix counts the request for the address, or a wider prefix around it.
func (o *observation) countForPrefix(s *shard, level int) {
	var src *counter.Source
	for i := range o.judged.n {
		c := &o.judged.charges[i]
		rule := &o.d.rules.list[c.rule]
		if o.muted>>c.rule&1 != 0 || c.rule == subnetProbing {
			continue
		}
		if level > 0 && (rule.Capacity == 0 || rule.Action <= Observe) {
			continue // the narrowest prefix reports it
		}
		if level == 0 && o.class.tool && rule.Class == Miss {
			continue // all tools at the address are counted as one client
		}
		if o.confirmed && !rule.prefixOnly() {
			continue // it counts for the session, which the client cannot choose
		}
		factor, cost := o.loc.levels[level].factor, c.cost
		if !rule.prefixOnly() {
			factor *= rule.SharedFactor
			if o.shared {
				cost *= knownCost
			}
			cost *= o.loginCost(s, c, o.loc.keys[0])
		}
		if rule.Capacity == 0 {
			if src == nil {
				o.countSingle(s, c)
				continue
			}
		} else if src == nil {
			if src = s.counters.Source(o.loc.keys[level], o.now, &o.d.rules.limits); src == nil {
				continue
			}
		}
		if r := o.add(s, src, c, factor, cost); r.Count > 0 {
			o.found = append(o.found, o.finding(c, r, level, "", o.loc.keys[level], o.loc.place))
		}
	}
}

// countSingle counts for a rule that a single request breaks. It overflows even
// where the table has no room; the counter only mutes the rule afterwards.
func (o *observation) countSingle(s *shard, c *charge) {
	r := counter.Result{Count: 1, First: o.now}
	if src := s.counters.Source(o.loc.keys[0], o.now, &o.d.rules.limits); src != nil {
		r = o.add(s, src, c, 1, 1)
	}
	if r.Count > 0 {
		o.found = append(o.found, o.finding(c, r, 0, "", o.loc.keys[0], o.loc.place))
	}
}

// add counts the request for a source that may do factor times as much as a client,
// in the fast and in the slow bucket of the rule.
func (o *observation) add(s *shard, src *counter.Source, c *charge, factor, cost float64) counter.Result {
	e := o.event(c, factor, cost)
	distinct := e.Distinct
	if c.fastRepeat > c.repeat {
		e.Distinct, e.Repeat = distinct && c.fastRepeat < 1, c.fastRepeat
	}
	result := s.counters.Count(src, &e, &o.d.rules.limits)
	if o.d.rules.slow(&e) {
		e.Limit, e.Distinct, e.Repeat = e.Limit.Times(factor), distinct, c.repeat
		if slow := s.counters.Count(src, &e, &o.d.rules.limits); result.Count == 0 && !result.Muted {
			result = slow
		}
	}
	if result.Muted {
		o.muted |= 1 << c.rule
	}
	return result
}

// event returns the request as an event to be counted.
func (o *observation) event(c *charge, factor, cost float64) counter.Event {
	r, e := &o.d.rules.list[c.rule], o.d.rules.event(c.rule, o.now)
	e.Limit, e.Cost = e.Limit.Times(factor), cost
	// What never leads to a ban is not mixed with what does.
	if o.caused() || r.Action == Block && c.mild {
		e.Kind |= counter.Apart
	}
	e.Distinct, e.Value, e.Repeat = c.value != 0, c.value, c.repeat
	return e
}

// matchValue returns the hash of what matched.
func (o *observation) matchValue(m *intent.Match) uint32 {
	n := uint64(m.Kind)
	if m.Param != "" {
		n ^= o.known.Template ^ o.d.text(m.Param)
	}
	return uint32(o.d.hash(kindText, n, m.What)) | 1
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
