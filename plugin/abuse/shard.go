package abuse

import (
	"sync"
)

// The bounds of what is remembered, for one instance: at most 64 MB in all, as
// a test measures. Each is for one shard.
const (
	shards = 64

	maxSources  = 2048 // 56 bytes, and 20 of the index
	maxCounts   = 4096 // 56 bytes
	maxChunks   = 8192 // 32 bytes
	maxStanding = 1024
	maxSessions = 1024
	maxUsers    = 512
	maxSiblings = 512
)

// source is whom requests are counted for: a prefix, one of its user agents, a
// session, or for logins an account.
type source struct {
	key  uint64
	seen int64
	rate bucket
	// fresh says that rate was not used yet.
	fresh bool
	// counts is the first of its counts, by its place plus one.
	counts uint32
}

// count is what one rule has counted for one source.
type count struct {
	bucket
	first int64
	// mute is until when the rule says nothing more.
	mute int64
	// n counts since first; set are the values seen, kept how many.
	n, kept uint32
	set     uint32
	next    uint32
	rule    uint8
	// apart says that it counts what must not be mixed with the rest: requests
	// that other sites caused, or logins that succeeded.
	apart bool
}

// chunk is a piece of a set of values.
type chunk struct {
	values [7]uint32
	next   uint32
}

// shard is a part of the state with a lock of its own. What requests of an address
// are counted for is in one, so that one lock does; sessions, and what logins are
// counted for, are where their key says.
type shard struct {
	mu      sync.Mutex
	index   map[uint64]uint32
	sources []source
	counts  pool[count]
	chunks  pool[chunk]
	// hand is where the search for a source to evict goes on.
	hand int
	// sketch tells who comes again, once there is no room for all.
	sketch *sketch

	standing map[uint64]*standing
	sessions map[uint64]int64
	users    map[uint64]*users
	siblings map[uint64]*siblings
	evidence ring
	// pending are overflows that Admit found, for the next Observe.
	pending []Overflow
}

func (s *shard) init() {
	s.index = map[uint64]uint32{}
	s.standing = map[uint64]*standing{}
	s.sessions = map[uint64]int64{}
	s.users = map[uint64]*users{}
	s.siblings = map[uint64]*siblings{}
	s.counts.max, s.chunks.max = maxCounts, maxChunks
}

// source is the record of a key. Where there is no room, one that is worth less
// makes room for who comes again; else it is nil.
func (s *shard) source(key uint64, now int64, rules *ruleSet) *source {
	if i, ok := s.index[key]; ok {
		src := &s.sources[i]
		src.seen = max(src.seen, now)
		return src
	}
	i := len(s.sources)
	if i == maxSources {
		if s.sketch == nil {
			s.sketch = new(sketch)
		}
		if s.sketch.add(key) < admitted {
			return nil
		}
		i = s.evict(now, rules, key)
	} else {
		s.sources = append(s.sources, source{})
	}
	s.sources[i] = source{key: key, seen: now, fresh: true}
	s.index[key] = uint32(i)
	return &s.sources[i]
}

// sampled is how many sources are looked at for one to evict.
const sampled = 8

// evict makes the place of the source free that is least worth keeping: one
// from whom nothing counts any more, or else the one not seen for longest. The
// source of the key keep stays.
func (s *shard) evict(now int64, rules *ruleSet, keep uint64) int {
	victim := -1
	for range sampled {
		s.hand = (s.hand + 1) % len(s.sources)
		if s.sources[s.hand].key == keep {
			continue
		}
		if s.refilled(&s.sources[s.hand], now, rules) {
			victim = s.hand
			break
		}
		if victim < 0 || s.sources[s.hand].seen < s.sources[victim].seen {
			victim = s.hand
		}
	}
	src := &s.sources[victim]
	s.dropCounts(src)
	delete(s.index, src.key)
	return victim
}

// refilled reports whether forgetting a source changes nothing.
func (s *shard) refilled(src *source, now int64, rules *ruleSet) bool {
	if !src.fresh && !src.rate.refilled(rules.rate, now) {
		return false
	}
	for i := src.counts; i != 0; i = s.counts.at(i).next {
		c := s.counts.at(i)
		if int(c.rule) >= len(rules.limits) {
			continue // a rule of the configuration before
		}
		if now < c.mute || !c.refilled(rules.limits[c.rule], now) {
			return false
		}
	}
	return true
}

// count is what a rule has counted for a source, made if it is not there, and
// nil if there is no room for it.
func (s *shard) count(src *source, t tally, rules *ruleSet) *count {
	for i := src.counts; i != 0; {
		c := s.counts.at(i)
		if int(c.rule) == t.rule && c.apart == t.apart {
			return c
		}
		i = c.next
	}
	i := s.counts.take()
	if i == 0 && len(s.sources) > 1 {
		// Another source's counts make room.
		s.dropCounts(&s.sources[s.leastWorth(t.now, rules, src.key)])
		i = s.counts.take()
	}
	if i == 0 {
		return nil
	}
	c := s.counts.at(i)
	*c = count{bucket: t.full(t.now), first: t.now, rule: uint8(t.rule), apart: t.apart, next: src.counts}
	src.counts = i
	return c
}

// leastWorth is like evict, among those that hold counts.
func (s *shard) leastWorth(now int64, rules *ruleSet, keep uint64) int {
	victim := -1
	for i := 0; i < len(s.sources) && (i < sampled || victim < 0); i++ {
		s.hand = (s.hand + 1) % len(s.sources)
		src := &s.sources[s.hand]
		if src.key == keep || src.counts == 0 {
			continue
		}
		if s.refilled(src, now, rules) {
			return s.hand
		}
		if victim < 0 || src.seen < s.sources[victim].seen {
			victim = s.hand
		}
	}
	if victim < 0 {
		return s.hand
	}
	return victim
}

// forgetOwnRules drops what own rules have counted: another configuration's stand
// in other places.
func (s *shard) forgetOwnRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.sources {
		at := &s.sources[i].counts
		for *at != 0 {
			c, place := s.counts.at(*at), *at
			if c.rule < ownRules {
				at = &c.next
				continue
			}
			*at = c.next
			s.dropSet(c)
			s.counts.put(place)
		}
	}
}

func (s *shard) dropCounts(src *source) {
	for i := src.counts; i != 0; {
		c := s.counts.at(i)
		next := c.next
		s.dropSet(c)
		s.counts.put(i)
		i = next
	}
	src.counts = 0
}
