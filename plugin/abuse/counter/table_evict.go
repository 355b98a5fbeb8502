package counter

// Drop removes all counters of a key.
func (t *Table) Drop(key uint64) {
	if i, ok := t.index[key]; ok {
		t.dropCounters(&t.sources[i])
	}
}

// DropRules removes the counters of the rules from first on.
func (t *Table) DropRules(first int) {
	for i := range t.sources {
		at := &t.sources[i].counters
		for *at != 0 {
			c, slot := t.counters.at(*at), *at
			if int(c.rule) < first {
				at = &c.next
				continue
			}
			*at = c.next
			c.set.clear(&t.chunks)
			t.counters.put(slot)
		}
	}
}

func (t *Table) dropCounters(src *Source) {
	for i := src.counters; i != 0; {
		c := t.counters.at(i)
		next := c.next
		c.set.clear(&t.chunks)
		t.counters.put(i)
		i = next
	}
	src.counters = 0
}

// sampled is how many sources are compared to find one to evict.
const sampled = 8

// evict removes the source that is least worth keeping and returns its place:
// one whose buckets have all refilled, or else the one not seen for longest. The
// source of the key keep stays.
func (t *Table) evict(now int64, limits *Limits, keep uint64) int {
	victim := -1
	for range sampled {
		t.hand = (t.hand + 1) % len(t.sources)
		if t.sources[t.hand].key == keep {
			continue
		}
		if t.refilled(&t.sources[t.hand], now, limits) {
			victim = t.hand
			break
		}
		if victim < 0 || t.sources[t.hand].seen < t.sources[victim].seen {
			victim = t.hand
		}
	}
	src := &t.sources[victim]
	t.dropCounters(src)
	delete(t.index, src.key)
	return victim
}

// leastWorth is like evict, among the sources that have counters, and removes
// nothing.
func (t *Table) leastWorth(now int64, limits *Limits, keep uint64) int {
	victim := -1
	for i := 0; i < len(t.sources) && (i < sampled || victim < 0); i++ {
		t.hand = (t.hand + 1) % len(t.sources)
		src := &t.sources[t.hand]
		if src.key == keep || src.counters == 0 {
			continue
		}
		if t.refilled(src, now, limits) {
			return t.hand
		}
		if victim < 0 || src.seen < t.sources[victim].seen {
			victim = t.hand
		}
	}
	if victim < 0 {
		return t.hand
	}
	return victim
}

// of returns the limit of a counter of a present rule.
func (l *Limits) of(c *Counter) Limit {
	if c.kind&Slow != 0 {
		return l.Slow[c.rule]
	}
	return l.Rules[c.rule]
}

// refilled reports whether removing a source would change nothing.
func (t *Table) refilled(src *Source, now int64, limits *Limits) bool {
	if !src.fresh && !src.rate.Refilled(limits.Rate, now) {
		return false
	}
	for i := src.counters; i != 0; i = t.counters.at(i).next {
		c := t.counters.at(i)
		if int(c.rule) >= len(limits.Rules) {
			continue // a rule of an earlier configuration
		}
		if c.Muted(now) || !c.Refilled(limits.of(c), now) {
			return false
		}
	}
	return true
}
