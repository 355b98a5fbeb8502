package counter

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// A flood begins when the requests a second, averaged over about ten seconds, are
// more than floodEnter times the usual level, and more than floodFloor. It ends when
// they are less than floodLeave times that level, or less than half of floodFloor, and
// those who were told to wait had their turn, at the latest after longestWait.
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
	// An application that does not bear the load answers no more than it can, so
	// a flood also begins at strainEnter times the level, if the application is
	// strained. Such a flood ends below strainLeave times the level.
	strainEnter = 2.0
	strainLeave = 1.5
	// A second with rushEnter times the level begins a flood before it is over, if the
	// application cannot answer what comes: if more than rushUnanswered requests of the
	// second have not been answered, and more than rushInFlight times as many as are
	// usually in flight. Unless they are more than floodFloor, they must have come from
	// rushClients clients, so that a page with many pictures is no flood.
	rushEnter      = 4.0
	rushUnanswered = 32.0
	rushInFlight   = 8.0
	rushClients    = 16
	// The part of the second that is over is taken to be rushPart at least.
	rushPart = 0.1
)

// Flood learns the usual number of requests a second and the usual latency, detects
// floods, and limits what clients without standing get meanwhile. It may be used
// concurrently.
type Flood struct {
	second            atomic.Int64
	arrived, answered atomic.Int64
	on                atomic.Bool
	// change is one that Arrived found, for the next Count.
	change atomic.Int32
	// crowd is how many requests a second are a rush, and unanswered how many of them
	// must not have been answered, see rushEnter. crowd is 0 before the first request.
	crowd, unanswered atomic.Int64
	// clients has a bit for each hash of a client of this second.
	clients atomic.Uint64

	mu          sync.Mutex
	quick, slow float64
	learned     int64
	strained    bool
	// calm is for how many seconds the requests of a flood have been over.
	calm   int64
	levels levels
	share  share
	// now is the flood that goes on, last the one before.
	now, last Episode
}

// FloodChange is the result of [Flood.Count].
type FloodChange int

// The changes.
const (
	FloodSame FloodChange = iota
	FloodBegins
	FloodEnds
)

// Arrived counts a request of a client that has not been answered yet. Calling it is
// optional. Without it a flood that the application cannot answer is found late.
func (f *Flood) Arrived(client uint64, now int64) {
	c := f.tick(now)
	if bit := uint64(1) << (client % 64); f.clients.Load()&bit == 0 {
		f.clients.Or(bit)
	}
	if n := f.arrived.Add(1); c == FloodSame && f.isRush(n, now) {
		c = f.rush(now)
	}
	if c != FloodSame {
		f.change.Store(int32(c))
	}
}

// isRush reports whether n requests since the second began are more than the
// application can answer.
func (f *Flood) isRush(n, now int64) bool {
	unanswered := n - f.answered.Load()
	if unanswered <= f.unanswered.Load() || unanswered <= floodFloor && bits.OnesCount64(f.clients.Load()) < rushClients {
		return false
	}
	part := max(float64(now%int64(time.Second))/float64(time.Second), rushPart)
	return float64(n) > part*float64(f.crowd.Load())
}

// rush begins a flood before the second is over, because the application cannot answer
// what comes.
func (f *Flood) rush(now int64) FloodChange {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on.Load() || f.crowd.Load() == 0 || !f.isRush(f.arrived.Load(), now) {
		return FloodSame
	}
	level := f.level()
	f.quick = max(f.quick, rushEnter*level)
	f.begin(level, true, true, now)
	return FloodBegins
}

// setRush sets what a rush is, from what is usual.
func (f *Flood) setRush() {
	f.crowd.Store(int64(f.least(rushEnter)))
	f.unanswered.Store(int64(max(rushUnanswered, rushInFlight*f.level()*f.share.usual)))
}

func (f *Flood) begin(rate float64, limited, strained bool, now int64) {
	f.strained = strained
	f.share.begin(rate, limited, now)
	f.crowd.Store(math.MaxInt64)
	f.on.Store(true)
}

// Count counts a request that was answered or refused. It reports whether a flood
// began or ended.
func (f *Flood) Count(now int64) FloodChange {
	c := f.tick(now)
	f.answered.Add(1)
	if c == FloodSame && f.change.Load() != 0 {
		c = FloodChange(f.change.Swap(0))
	}
	return c
}

// tick learns from the last second, once a second.
func (f *Flood) tick(now int64) FloodChange {
	s := now / int64(time.Second)
	if s <= f.second.Load() {
		return FloodSame
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.second.Load()
	if s <= last {
		return FloodSame
	}
	f.second.Store(s)
	f.clients.Store(0)
	n := max(f.arrived.Swap(0), f.answered.Swap(0))
	if last == 0 {
		f.setRush()
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
	f.share.endSecond()
	level := f.level()
	f.count(n, level)
	if !f.on.Load() {
		f.learned += gap
		strained := f.share.strained() && f.quick > strainEnter*level
		if f.quick > f.least(floodEnter) || strained && f.quick > floodFloor/2 {
			limited := f.share.overloaded()
			rate := firstShare * n
			if limited {
				rate = level
			}
			f.begin(rate, limited, strained, f.second.Load()*int64(time.Second))
			return FloodBegins
		}
		// Nothing is learned from a flood, so that it does not become usual, and
		// little from the seconds before it is found.
		if n <= max(strainEnter*level, floodFloor/10) {
			f.share.learn()
		}
		step(&f.slow, min(float64(f.learned), floodSlow), min(n, max(floodFloor, floodEnter*level)))
		f.levels.add(f.second.Load(), f.slow, gap)
		f.setRush()
		return FloodSame
	}
	leave := floodLeave
	if f.strained {
		leave = strainLeave
	}
	if f.quick >= max(floodFloor/2, leave*level) {
		f.calm = 0
	} else if f.calm += gap; !f.share.queue.waiting() || f.calm > int64(longestWait/time.Second) {
		f.calm = 0
		f.on.Store(false)
		f.share.end()
		f.last, f.last.Ended = f.now, time.Unix(f.second.Load(), 0)
		return FloodEnds
	}
	f.share.adapt(f.second.Load() * int64(time.Second))
	return FloodSame
}

// level returns the usual number of requests a second at this hour.
func (f *Flood) level() float64 { return max(f.slow, f.levels.at(f.second.Load())) }

// least returns how many requests a second begin a flood: so many times the level.
func (f *Flood) least(times float64) float64 {
	if f.learned <= floodWarmUp && !f.levels.known() {
		return floodStart
	}
	return max(floodFloor, times*f.level())
}

// On reports whether there is a flood.
func (f *Flood) On() bool { return f.on.Load() }

// PerSecond returns the present level of requests a second.
func (f *Flood) PerSecond() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int(f.quick)
}

// Answered adds the latency of an answer of the application to a client with or
// without standing. It is an estimate: an answer that comes at the same time as
// another one is not counted.
func (f *Flood) Answered(latency time.Duration, standing bool) {
	if !f.mu.TryLock() {
		return
	}
	defer f.mu.Unlock()
	f.share.answered(latency.Seconds(), standing)
}

// Take takes a request of a client without standing from the share that such clients
// have during a flood. If it is refused, the client has a place in the queue: it is let
// in when it comes again after wait. It may have to wait again if the application bears
// less than when the place was given, or if too many wait.
func (f *Flood) Take(client uint64, now int64) (ok bool, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.share.take(client, now)
}

// TakeChanged returns what is usual, encoded, if it is to be stored again.
func (f *Flood) TakeChanged() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.levels.changed {
		return nil
	}
	f.levels.changed = false
	return f.levels.encode(f.share.usual)
}

// Restore adds what [Flood.TakeChanged] returned. It reports whether it could be read.
func (f *Flood) Restore(value []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	hours, usual, ok := decodeLevels(value)
	if !ok {
		return false
	}
	f.levels.restore(hours)
	f.setRush()
	if f.share.usual == 0 {
		f.share.restore(usual)
	}
	return true
}
