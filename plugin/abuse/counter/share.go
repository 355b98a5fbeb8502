package counter

import "time"

// share is what clients without standing may have together during a flood. It grows as
// long as the application bears it, and shrinks when its latency rises.
type share struct {
	limit  Limit
	bucket Bucket
	// usual is the application's latency without a flood, present that of now, in
	// seconds.
	usual, present float64
}

const (
	// The share is never less than leastShare requests a second.
	// When a flood begins, it is firstShare times what comes then.
	leastShare = 10.0
	firstShare = 4.0
	mostShare  = 1e6
	// The application is overloaded when its latency is more than slowdown times the
	// usual, and more than tolerated above it.
	slowdown  = 1.5
	tolerated = 0.01
	// How the share changes in a second.
	shareGrows   = 1.25
	shareShrinks = 0.5
	// A latency is averaged over about so many answers.
	usualAnswers, presentAnswers = 1000, 50
)

func (s *share) begin(perSecond float64, now int64) {
	s.limit = Limit{PerSecond: perSecond, Burst: perSecond}
	s.bucket, s.present = s.limit.Full(now), s.usual
}

// adapt is called once a second during a flood.
func (s *share) adapt() {
	factor := shareGrows
	if s.present > slowdown*s.usual && s.present > s.usual+tolerated {
		factor = shareShrinks
	}
	rate := min(max(leastShare, s.limit.PerSecond*factor), mostShare)
	s.limit = Limit{PerSecond: rate, Burst: rate}
}

// Answered adds the latency of an answer of the application. It is an estimate: an
// answer that comes at the same time as another one is not counted.
func (f *Flood) Answered(latency time.Duration) {
	if !f.mu.TryLock() {
		return
	}
	defer f.mu.Unlock()
	at, answers := &f.share.usual, float64(usualAnswers)
	if f.on.Load() {
		at, answers = &f.share.present, presentAnswers
	}
	if *at == 0 {
		*at = latency.Seconds()
	}
	*at += (latency.Seconds() - *at) / answers
}

// Take takes a request of a client without standing from the share that such clients
// have during a flood.
func (f *Flood) Take(now int64) (ok bool, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.share.bucket.Take(f.share.limit, now, 1)
}
