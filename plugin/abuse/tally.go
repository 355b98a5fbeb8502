package abuse

// tally is one thing to be counted for a source.
type tally struct {
	rule int
	limit
	cost float64
	now  int64
	// apart keeps it from what is counted otherwise for the same rule.
	apart bool
	// distinct says that the same value does not count again.
	distinct bool
	value    uint32
}

// counted is what came of it: a Count of 0 says that nothing overflowed.
type counted struct {
	Count int
	First int64
	// muted says that the rule says nothing more of the source for now, and
	// again that it has said so not long ago.
	muted, again bool
}

// tally counts. A bucket lives until it has refilled; with it goes what it has
// seen.
func (s *shard) tally(src *source, t tally, rules *ruleSet) counted {
	c := s.count(src, t, rules)
	if c == nil {
		return counted{}
	}
	if t.now < c.mute {
		return counted{muted: true}
	}
	if c.n > 0 && c.refilled(t.limit, t.now) {
		s.dropSet(c)
		c.n = 0
	}
	if c.n == 0 || t.now < c.first {
		c.first = t.now
	}
	if t.distinct && !s.isNew(c, t.value, t.room()) {
		return counted{}
	}
	c.n++
	if ok, _ := c.take(t.limit, t.now, t.cost); ok {
		return counted{}
	}
	done := counted{Count: int(c.n), First: c.first, again: c.mute > 0 && t.now-c.mute < int64(FirstBan)}
	s.dropSet(c)
	c.bucket, c.n = t.full(t.now), 0
	c.mute = t.now + int64(rules.list[t.rule].Mute)
	return done
}

// room is how many values a set needs to have: one more than fit.
func (t *tally) room() uint32 { return uint32(min(t.burst/t.cost, maxCapacity)) + 1 }
