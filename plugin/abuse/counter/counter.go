package counter

// Counter is what one rule has counted for one source.
type Counter struct {
	Bucket
	first int64
	// mutedUntil is the time until which overflows are not reported.
	mutedUntil int64
	// n is the number of events since first.
	n    uint32
	set  valueSet
	next uint32
	rule uint8
	kind Kind
}

// Kind tells the counters of one rule and source apart.
type Kind uint8

const (
	// Apart counts events that must not be mixed with the others: requests that
	// must never lead to a ban, or logins that succeeded.
	Apart Kind = 1 << iota
	// Slow counts the same events as the counter without it, by the limit of
	// [Limits.Slow].
	Slow
)

// N returns the number of events since First.
func (c *Counter) N() int { return int(c.n) }

// First returns the time of the first event.
func (c *Counter) First() int64 { return c.first }

// Values returns the number of different values counted.
func (c *Counter) Values() int { return int(c.set.size) }

// Muted reports whether overflows are not reported at now.
func (c *Counter) Muted(now int64) bool { return now < c.mutedUntil }

// Mute suppresses overflows until a time.
func (c *Counter) Mute(until int64) { c.mutedUntil = until }

// Add counts an event that is only looked up later: it never overflows.
func (c *Counter) Add(l Limit, now int64) {
	if c.n == 0 || c.Refilled(l, now) {
		c.n, c.first = 0, now
	}
	c.n++
	c.Take(l, now, 1)
}

// Give gives back what n events cost.
func (c *Counter) Give(l Limit, now int64, n float64) {
	c.tokens, c.last = min(c.level(l, now)+n, l.Burst), max(c.last, now)
}

// Event is one event to be counted for a source.
type Event struct {
	Rule int
	Limit
	Cost float64
	Now  int64
	// Mute is how long the counter is muted after an overflow, in nanoseconds.
	Mute int64
	Kind Kind
	// Distinct means that a Value that was counted before costs only Repeat times as
	// much, or does not count if Repeat is 0.
	Distinct bool
	Value    uint32
	Repeat   float64
}

// maxValues returns how many values a set must hold: one more than fit into the
// bucket.
func (e *Event) maxValues() uint32 { return uint32(min(e.Burst/e.Cost, MaxValues)) + 1 }

// MaxValues is the highest number of different values that a counter remembers.
const MaxValues = 1000

// Result is the result of counting an event.
type Result struct {
	// Count is the number of events that overflowed, 0 for no overflow.
	Count int
	// Values is the number of different values among them.
	Values int
	First  int64
	// Muted means that overflows of the rule and source are suppressed.
	Muted bool
	// LastMute is the end of the mute before this overflow, 0 for none.
	LastMute int64
}
