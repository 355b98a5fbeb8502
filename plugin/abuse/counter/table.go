package counter

import "time"

// The bounds of a table. A test of the detector measures what they add up to.
const (
	maxSources  = 2048 // 72 bytes each, and 20 of the index
	maxCounters = 4096 // 56 bytes each
	maxChunks   = 8192 // 32 bytes each
)

// Limits are the limits of all rules, by the numbers of the rules.
type Limits struct {
	Rules []Limit
	// Slow are the limits of the rules' slow counters.
	Slow []Limit
	// Rate is the limit of a source's own bucket; see [Source.TakeRate].
	Rate Limit
}

// Table holds the sources of events and their counters.
type Table struct {
	index    map[uint64]uint32
	sources  []Source
	counters pool[Counter]
	chunks   pool[chunk]
	// hand is where the search for a source to evict goes on.
	hand int
	// sketch estimates how often sources come, once the table is full.
	sketch *sketch
}

// Source is what events are counted for, such as an address.
type Source struct {
	key  uint64
	seen int64
	rate Bucket
	// fresh means that rate was not used yet.
	fresh bool
	// counters is the slot of the first of its counters, 0 for none.
	counters uint32
	// Conduct is how its requests were answered.
	Conduct Conduct
}

// TakeRate takes tokens from the source's rate bucket; see [Bucket.Take].
func (src *Source) TakeRate(l Limit, now int64, n float64) (ok bool, wait time.Duration) {
	if src.fresh {
		src.rate, src.fresh = l.Full(now), false
	}
	return src.rate.Take(l, now, n)
}

// Init makes an empty table.
func (t *Table) Init() {
	t.index = map[uint64]uint32{}
	t.counters.max, t.chunks.max = maxCounters, maxChunks
}

// Source returns the record of a key. If there is none and the table is full, a
// key that comes repeatedly replaces a source that is worth less; for other keys
// the result is nil.
func (t *Table) Source(key uint64, now int64, limits *Limits) *Source {
	if i, ok := t.index[key]; ok {
		src := &t.sources[i]
		src.seen = max(src.seen, now)
		return src
	}
	i := len(t.sources)
	if i == maxSources {
		if t.sketch == nil {
			t.sketch = new(sketch)
		}
		if t.sketch.add(key) < admitted {
			return nil
		}
		i = t.evict(now, limits, key)
	} else {
		t.sources = append(t.sources, Source{})
	}
	t.sources[i] = Source{key: key, seen: now, fresh: true}
	t.index[key] = uint32(i)
	return &t.sources[i]
}

// Lookup returns the record of a key, nil if there is none.
func (t *Table) Lookup(key uint64) *Source {
	if i, ok := t.index[key]; ok {
		return &t.sources[i]
	}
	return nil
}

// Counter returns the counter of a rule for a source. If there is none, it is
// made; it is nil if there is no room.
func (t *Table) Counter(src *Source, e *Event, limits *Limits) *Counter {
	if c := t.find(src, e.Rule, e.Kind); c != nil {
		return c
	}
	i := t.counters.take()
	if i == 0 && len(t.sources) > 1 {
		// Another source's counters make room.
		t.dropCounters(&t.sources[t.leastWorth(e.Now, limits, src.key)])
		i = t.counters.take()
	}
	if i == 0 {
		return nil
	}
	c := t.counters.at(i)
	*c = Counter{Bucket: e.Full(e.Now), first: e.Now, rule: uint8(e.Rule), kind: e.Kind, next: src.counters}
	src.counters = i
	return c
}

// Find returns the counter of a rule for a key, nil if there is none.
func (t *Table) Find(key uint64, rule int, kind Kind) *Counter {
	i, ok := t.index[key]
	if !ok {
		return nil
	}
	return t.find(&t.sources[i], rule, kind)
}

func (t *Table) find(src *Source, rule int, kind Kind) *Counter {
	for i := src.counters; i != 0; {
		c := t.counters.at(i)
		if int(c.rule) == rule && c.kind == kind {
			return c
		}
		i = c.next
	}
	return nil
}

// Count counts an event for a source. A counter lasts until its bucket has
// refilled; then it starts again, without the values it has seen.
func (t *Table) Count(src *Source, e *Event, limits *Limits) Result {
	c := t.Counter(src, e, limits)
	if c == nil {
		return Result{}
	}
	if c.Muted(e.Now) {
		return Result{Muted: true}
	}
	if c.n > 0 && c.Refilled(e.Limit, e.Now) {
		c.set.clear(&t.chunks)
		c.n = 0
	}
	if c.n == 0 || e.Now < c.first {
		c.first = e.Now
	}
	cost := e.Cost
	if e.Distinct && !c.set.add(&t.chunks, e.Value, e.maxValues()) {
		if cost *= e.Repeat; cost == 0 {
			return Result{}
		}
	}
	c.n++
	if ok, _ := c.Take(e.Limit, e.Now, cost); ok {
		return Result{}
	}
	overflow := Result{Count: int(c.n), Values: c.Values(), First: c.first, LastMute: c.mutedUntil}
	c.set.clear(&t.chunks)
	c.Bucket, c.n = e.Full(e.Now), 0
	c.mutedUntil = e.Now + e.Mute
	return overflow
}
