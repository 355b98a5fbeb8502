package abuse

import (
	"math/bits"
	"time"

	"github.com/gatebook/gatebook/record"
)

// observation is one request on its way through the buckets.
type observation struct {
	*Request
	d       *Detector
	id      netID
	found   seen
	now     int64
	session bool // its session is confirmed
	shared  bool // its address is that of many people
	// unknownAgent says that none of them logged in with the user agent.
	unknownAgent bool
	// agent is the identity of its user agent here, agentHash that everywhere.
	agent, agentHash uint64

	values [len(fieldNames)]uint32
	hashed uint8
	// muted are rules that say nothing more of this identity.
	muted uint64
	hits  []hit
}

// Observe learns from a request that was answered at now, and returns the rules
// that it breaks.
func (d *Detector) Observe(r *Request, now time.Time) []Overflow {
	t := now.UnixNano()
	var hits []hit
	if state := d.flood.count(t); state != floodSame && d.on(instanceFlood) {
		hits = d.flooded(state, now)
	}
	if !r.IP.IsValid() {
		return d.follow(hits, now)
	}
	o := observation{Request: r, d: d, id: d.locate(r.IP), now: t, hits: hits}
	if d.isFree(o.id.addr) || d.decided.Load().allows(o.id.addr, t) {
		return d.follow(o.hits, now)
	}
	// What the gate refused is no evidence for anything, and a verified search engine
	// may look for anything.
	ignored := r.Verdict == record.VerdictThrottle || r.Verdict == record.VerdictBan
	if !ignored {
		o.agentHash = d.hash(kindText, 0, r.UserAgent)
		o.found = d.classifier.look(r, o.agentHash)
		if o.found.crawler >= 0 && d.isCrawler(&o) {
			ignored = true
		}
	}
	if !ignored {
		var held bool
		if o.session, held = d.sessionOf(r.Session, t); held && !o.session {
			// It answers for its passwords alone: not those beside it.
			o.found.rules &^= atForm
		}
	}
	if !ignored && o.session {
		o.id.shard.mu.Lock()
		o.shared = o.id.shard.isShared(o.id.keys[0], t)
		o.id.shard.mu.Unlock()
		key := d.sessionKey(r.Session)
		s := d.shardOf(key)
		s.mu.Lock()
		o.alsoHere(s, key)
		o.identity(s, key, record.ScopeSession)
		s.mu.Unlock()
	}
	s := o.id.shard
	s.mu.Lock()
	o.takePending(s)
	if !ignored {
		o.inPrefix(s)
	}
	s.mu.Unlock()
	return d.follow(o.hits, now)
}

// inPrefix counts the request for its address.
func (o *observation) inPrefix(s *shard) {
	o.shared, o.unknownAgent = s.isShared(o.id.keys[0], o.now), s.agentUnknown(o.id.keys[0], o.agentHash)
	o.agent = o.id.agentKey(o.agentHash)
	o.alsoHere(s, o.agent, o.id.keys[0], o.id.keys[1], o.id.keys[2])
	switch {
	case o.session:
	case o.found.tool:
		// Tools are no people: one that changes its name all the time is one
		// all the same.
		o.identity(s, o.id.agentKey(anyTool), record.ScopeAgent)
	default:
		o.identity(s, o.agent, record.ScopeAgent)
	}
	if o.found.rules&^everyday != 0 {
		s.evidence.add(o)
	}
	for i := range o.id.levels {
		o.prefix(s, i)
	}
	for i := range o.hits {
		if o.hits[i].evidence == nil && o.hits[i].IP == o.id.addr {
			o.hits[i].evidence = s.evidence.of(o, o.hits[i].Rule)
		}
	}
}

// alsoHere holds up at this form too who is held up at another.
func (o *observation) alsoHere(s *shard, keys ...uint64) {
	if o.found.rules&atForm == 0 || len(s.standing) == 0 {
		return
	}
	path := o.d.form(o.Path)
	for _, key := range keys {
		s.alsoAt(key, path, o.now)
	}
}

// takePending takes the overflows that Admit found.
func (o *observation) takePending(s *shard) {
	for _, p := range s.pending {
		o.hits = append(o.hits, hit{Overflow: p})
	}
	s.pending = s.pending[:0]
}

// identity counts for the finest identity that is known.
func (o *observation) identity(s *shard, key uint64, scope string) {
	var src *source
	for rules := o.found.rules &^ (1 << rateRule); rules != 0; rules &= rules - 1 {
		i := bits.TrailingZeros64(rules)
		rule := &o.d.rules.list[i]
		if rule.prefixOnly() {
			continue
		}
		if src == nil {
			if src = s.source(key, o.now, &o.d.rules); src == nil {
				return
			}
		}
		cost := 1.0
		if o.shared && !o.session && passwords>>i&1 != 0 {
			// The agent is that of many who mistype. Where it is known who
			// shares an address, login events tell more.
			cost = knownCost
		}
		if c := o.add(s, src, i, o.d.rules.limits[i], cost); c.Count > 0 {
			o.hits = append(o.hits, o.hit(i, c, 0, scope, key, s))
		}
	}
}

// prefix counts for the address, or a wider prefix that it is in.
func (o *observation) prefix(s *shard, level int) {
	l := o.id.levels[level]
	cost := 1.0
	if o.shared {
		cost = knownCost
	}
	var src *source
	for rules := o.found.rules &^ (1<<rateRule | o.muted); rules != 0; rules &= rules - 1 {
		i := bits.TrailingZeros64(rules)
		rule := &o.d.rules.list[i]
		if level > 0 && (rule.Capacity == 0 || i == switchingAgent) {
			continue // the narrow prefix said it, or it is nothing to wonder at
		}
		if o.session && !rule.prefixOnly() {
			continue // nobody can choose a session that a login confirmed: it alone counts
		}
		crowd, cost := l.crowd, cost
		if rule.prefixOnly() {
			cost = 1 // nobody does that, however many there are
		} else {
			crowd *= rule.Crowd
		}
		if src == nil && rule.Capacity > 0 {
			src = s.source(o.id.keys[level], o.now, &o.d.rules)
		}
		if src == nil {
			if rule.Capacity == 0 {
				o.single(s, i)
			}
			continue
		}
		c := o.add(s, src, i, o.d.rules.limits[i].crowded(crowd), cost)
		if c.Count > 0 {
			o.hits = append(o.hits, o.hit(i, c, level, "", o.id.keys[level], s))
		}
	}
}

// single is for rules that a single request breaks. They need a record only
// in order to be silent afterwards.
func (o *observation) single(s *shard, rule int) {
	c := counted{Count: 1, First: o.now}
	if src := s.source(o.id.keys[0], o.now, &o.d.rules); src != nil {
		c = o.add(s, src, rule, o.d.rules.limits[rule], 1)
	}
	if c.Count > 0 {
		o.hits = append(o.hits, o.hit(rule, c, 0, "", o.id.keys[0], s))
	}
}

// add counts the request for a source.
func (o *observation) add(s *shard, src *source, rule int, l limit, cost float64) counted {
	r := &o.d.rules.list[rule]
	t := tally{rule: rule, limit: l, cost: cost, now: o.now}
	// What another site caused is counted apart, so that it is never part of
	// what leads to a ban.
	t.apart = o.CrossSite && r.Action == Block
	if r.Distinct != Any {
		t.distinct, t.value = true, o.value(r.Distinct)
	}
	c := s.tally(src, t, &o.d.rules)
	if c.muted {
		o.muted |= 1 << rule
	}
	return c
}

// value is the hash of what a rule wants to see changing.
func (o *observation) value(f Field) uint32 {
	if o.hashed>>f&1 != 0 {
		return o.values[f]
	}
	var h uint64
	switch f {
	case Path:
		h = o.d.hash(kindText, 0, o.Path)
	case Query:
		h = o.d.hash(kindText, 0, o.Query)
	case PathQuery:
		h = o.d.hash(kindText, o.d.hash(kindText, 0, o.Path), o.Query)
	case FileName:
		h = o.d.hash(kindText, 0, fileName(o.Path))
	case UserAgent:
		h = o.agentHash
	}
	o.values[f] = uint32(h)
	o.hashed |= 1 << f
	return o.values[f]
}
