package counter

import "time"

// Episode is a flood.
type Episode struct {
	// Peak is the most requests in a second, Usual how many were usual when it began.
	Peak, Usual int
	// Ended is when it ended; zero if it goes on, or if there was none.
	Ended time.Time
}

// Last returns the flood that goes on at now, or else the last one. It also finds out
// that a flood is over after which no request came.
func (f *Flood) Last(now int64) (e Episode, on bool) {
	if c := f.tick(now); c != FloodSame {
		f.change.Store(int32(c))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on.Load() {
		return f.now, true
	}
	return f.last, false
}

// count counts the n requests of a second for the flood that goes on, or that may
// begin with them.
func (f *Flood) count(n, level float64) {
	if !f.on.Load() {
		f.now = Episode{Usual: int(level + 0.5)}
	}
	f.now.Peak = max(f.now.Peak, int(n))
}
