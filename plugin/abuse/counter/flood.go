package counter

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A flood begins when the requests a second, averaged over about ten seconds, are
// more than floodEnter times the level of about ten minutes, and more than
// floodFloor. It ends when they are less than floodLeave times that level, or less
// than half of floodFloor.
const (
	floodEnter = 8.0
	floodLeave = 3.0
	floodFloor = 100.0
	floodQuick = 10.0
	floodSlow  = 600.0
	// Before the level was learned for floodWarmUp seconds, a flood begins at
	// floodStart.
	floodWarmUp = 60
	floodStart  = 500.0
)

// Flood learns the usual number of requests a second, and detects floods. It may
// be used concurrently.
type Flood struct {
	second, requests atomic.Int64
	on               atomic.Bool

	mu          sync.Mutex
	quick, slow float64
	learned     int64
	share       share
}

// FloodChange is the result of [Flood.Count].
type FloodChange int

// The changes.
const (
	FloodSame FloodChange = iota
	FloodBegins
	FloodEnds
)

// Count counts a request. Once a second it reports whether a flood begins or
// ends.
func (f *Flood) Count(now int64) FloodChange {
	s := now / int64(time.Second)
	if last := f.second.Load(); s <= last {
		f.requests.Add(1)
		return FloodSame
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.second.Load()
	if s <= last {
		f.requests.Add(1)
		return FloodSame
	}
	f.second.Store(s)
	n := f.requests.Swap(1)
	if last == 0 {
		return FloodSame
	}
	return f.learn(float64(n), s-last)
}

// learn adds a second with n requests, followed by gap-1 seconds with none.
func (f *Flood) learn(n float64, gap int64) FloodChange {
	step := func(level *float64, seconds, n float64) {
		*level += (n - *level) / seconds
		*level *= math.Pow(1-1/seconds, float64(gap-1))
	}
	step(&f.quick, floodQuick, n)
	f.learned += gap
	if !f.on.Load() {
		least := max(floodFloor, floodEnter*f.slow)
		if f.learned <= floodWarmUp {
			least = floodStart
		}
		if f.quick > least {
			f.share.begin(firstShare*f.quick, f.second.Load()*int64(time.Second))
			f.on.Store(true)
			return FloodBegins
		}
		// During a flood nothing is learned, so that it does not become the usual
		// level.
		step(&f.slow, min(float64(f.learned), floodSlow), n)
		return FloodSame
	}
	if f.quick < max(floodFloor/2, floodLeave*f.slow) {
		f.on.Store(false)
		return FloodEnds
	}
	f.share.adapt()
	return FloodSame
}

// On reports whether there is a flood.
func (f *Flood) On() bool { return f.on.Load() }

// PerSecond returns the present level of requests a second.
func (f *Flood) PerSecond() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int(f.quick)
}
