package abuse

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/record"
)

// The instance is flooded when its requests a second, over some ten seconds,
// are floodEnter times the level learned over some ten minutes, and at least
// floodFloor; until they are less than floodLeave times that level, or than half of
// floodFloor.
const (
	floodEnter = 8.0
	floodLeave = 3.0
	floodFloor = 100.0
	floodQuick = 10.0
	floodSlow  = 600.0
	// It takes so many seconds to learn a level at all.
	floodWarmUp = 60
)

// flood learns how many requests a second are usual.
type flood struct {
	second, requests atomic.Int64
	on               atomic.Bool

	mu          sync.Mutex
	quick, slow float64
	learned     int64
}

type floodState int

const (
	floodSame floodState = iota
	floodBegins
	floodEnds
)

// count counts a request, and once a second says whether a flood begins or
// ends.
func (f *flood) count(now int64) floodState {
	s := now / int64(time.Second)
	if last := f.second.Load(); s <= last {
		f.requests.Add(1)
		return floodSame
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.second.Load()
	if s <= last {
		f.requests.Add(1)
		return floodSame
	}
	f.second.Store(s)
	n := f.requests.Swap(1)
	if last == 0 {
		return floodSame
	}
	return f.learn(float64(n), s-last)
}

// learn takes n requests in a second, after which gap-1 seconds had none.
func (f *flood) learn(n float64, gap int64) floodState {
	step := func(level *float64, seconds, n float64) {
		*level += (n - *level) / seconds
		*level *= math.Pow(1-1/seconds, float64(gap-1))
	}
	step(&f.quick, floodQuick, n)
	f.learned += gap
	if !f.on.Load() {
		if f.learned > floodWarmUp && f.quick > max(floodFloor, floodEnter*f.slow) {
			f.on.Store(true)
			return floodBegins
		}
		// While it lasts nothing is learned: a flood must not become usual.
		step(&f.slow, min(float64(f.learned), floodSlow), n)
		return floodSame
	}
	if f.quick < max(floodFloor/2, floodLeave*f.slow) {
		f.on.Store(false)
		return floodEnds
	}
	return floodSame
}

// price is what a request costs a client that nobody knows: twice as much
// during a flood, which halves its budget.
func (f *flood) price() float64 {
	if f.on.Load() {
		return 2
	}
	return 1
}

// flooded says that a flood began; that one ended is seen from Flooded alone.
func (d *Detector) flooded(state floodState, now time.Time) []hit {
	if state != floodBegins {
		return nil
	}
	d.flood.mu.Lock()
	n := int(d.flood.quick)
	d.flood.mu.Unlock()
	return []hit{{Overflow: Overflow{
		Rule: builtin[instanceFlood].Name, Subject: record.FlagSubject{Kind: record.InstanceSubject},
		First: now.UTC(), At: now.UTC(), Count: n, Action: Observe,
	}}}
}

// Flooded reports whether the instance is being flooded.
func (d *Detector) Flooded() bool { return d.flood.on.Load() }
