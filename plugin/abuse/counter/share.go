package counter

import "time"

// share is what clients without standing may have together during a flood. It grows
// as long as the application bears it, and shrinks when its latency rises.
type share struct {
	limit  Limit
	bucket Bucket
	queue  queue
	// late is when the last client was told to come again whose turn it had been.
	late int64
	// taken is how many requests were let in this second, ceiling the rate that was
	// too much last, 0 for none.
	taken, ceiling float64
	// unchanged is how many seconds ago the share shrank, last the latency a second ago.
	unchanged int
	last      float64

	// usual is the application's latency without a flood, present that of now, in
	// seconds. present is that of clients with standing, if there are enough answers
	// to them.
	usual, present float64
	learned        float64
	// all and people are the latencies of this second, before those of the last one.
	all, people, before latencies
}

// latencies are those of a second.
type latencies struct{ sum, n float64 }

func (l *latencies) mean() float64 { return l.sum / l.n }

const (
	// The share is never less than leastShare requests a second.
	// It begins at firstShare times what comes, unless the application is overloaded.
	leastShare = 10.0
	firstShare = 4.0
	mostShare  = 1e6
	// The application is overloaded when its latency is more than slowdown times the
	// usual, and more than tolerated above it. It is strained when it is far more.
	slowdown  = 1.1
	tolerated = 0.002
	// Until the share was limited for the first time, it may be as much slower.
	rushSlowdown, rushTolerated = 1.5, 0.01
	strain                      = 3.0
	strainMin                   = 0.05
	// How the share changes in a second. Near the rate that was too much it grows
	// slowly at first. While the latency falls to recovering in a second, it waits.
	shareGrows, shareCreeps   = 1.25, 0.003
	shareShrinks, shareHalves = 0.75, 0.5
	nearCeiling               = 0.85
	recovering                = 0.9
	// reserved is the part of the share that places in the queue are given for.
	// The share does not grow unless so much of it is used.
	reserved, used = 0.8, 0.6
	// The usual latency is averaged over about usualAnswers answers, of which a second
	// adds mostAnswers at most. No answer counts for more than outlier times as much.
	usualAnswers, mostAnswers = 1000.0, 50.0
	outlier                   = 8.0
	// leastAnswers is how many answers to clients with standing in a second are enough.
	leastAnswers = 5.0
	// As many requests at once are let in as are in flight at the rate, with a latency
	// of leastLatency seconds at least.
	leastBurst, leastLatency = 2.0, 0.005
)

// begin begins with so many requests a second. limited means that the application does
// not bear more.
func (s *share) begin(rate float64, limited bool, now int64) {
	s.unchanged, s.taken, s.ceiling, s.last = 0, 0, 0, s.present
	if limited {
		s.ceiling = max(rate, leastShare)
	}
	s.setRate(rate)
	s.bucket, s.queue = s.limit.Full(now), queue{at: now}
}

// end ends a flood, and frees the queue.
func (s *share) end() { s.queue, s.ceiling = queue{}, 0 }

// setRate allows so many requests a second. Once the share is limited, as many at once
// are allowed as are in flight at that rate.
func (s *share) setRate(rate float64) {
	rate = min(max(leastShare, rate), mostShare)
	s.limit = Limit{PerSecond: rate, Burst: max(leastBurst, rate*max(s.usual, leastLatency))}
	if s.ceiling == 0 {
		s.limit.Burst = rate
	}
}

// answered adds a latency.
func (s *share) answered(seconds float64, standing bool) {
	if s.usual > 0 {
		seconds = min(seconds, outlier*s.usual) // a download, or a websocket
	}
	s.all.sum += seconds
	s.all.n++
	if standing {
		s.people.sum += seconds
		s.people.n++
	}
}

// endSecond finds the present latency.
func (s *share) endSecond() {
	now := s.all
	s.before = s.all
	if s.people.n >= leastAnswers {
		now = s.people
	}
	if now.n > 0 {
		if s.present == 0 {
			s.present = now.mean()
		}
		s.present += (now.mean() - s.present) / 2
	}
	s.all, s.people = latencies{}, latencies{}
}

// learn has the latencies of the last second be usual ones.
func (s *share) learn() {
	if s.before.n == 0 {
		return
	}
	n := min(s.before.n, mostAnswers)
	s.learned = min(s.learned+n, usualAnswers)
	s.usual += (s.before.mean() - s.usual) * n / s.learned
}

func (s *share) restore(usual float64) { s.usual, s.learned = usual, usualAnswers }

// overloaded reports whether the application is slower than usual. It may be a bit
// slower until the share was limited for the first time in a flood: a rush that the
// application bears is served.
func (s *share) overloaded() bool {
	if s.ceiling == 0 {
		return s.slower(rushSlowdown, rushTolerated)
	}
	return s.slower(slowdown, tolerated)
}

func (s *share) slower(times, seconds float64) bool {
	return s.usual > 0 && s.present > times*s.usual && s.present > s.usual+seconds
}

// strained reports whether the application is far slower than usual.
func (s *share) strained() bool {
	return s.slower(strain, strainMin)
}

// adapt is called once a second during a flood.
func (s *share) adapt(now int64) {
	s.queue.advance(reserved*s.limit.PerSecond, now)
	rate, taken := s.limit.PerSecond, s.taken
	s.taken = 0
	s.unchanged++
	recovers := s.present < recovering*s.last
	s.last = s.present
	factor := 1.0
	switch {
	case s.before.n == 0 && taken > 0, s.present > 2*s.usual && s.overloaded() && !recovers:
		factor = shareHalves
	case s.overloaded():
		if s.unchanged > 2 && !recovers { // the last change has had its effect
			factor = shareShrinks
		}
	case taken < used*rate:
		// It is not used, so nobody knows whether more would be borne.
	case s.ceiling == 0 || rate < nearCeiling*s.ceiling:
		factor = shareGrows
	default:
		factor = min(1+shareCreeps*float64(s.unchanged), shareGrows)
	}
	if factor < 1 {
		s.unchanged = 0
		if s.ceiling == 0 {
			rate = min(rate, taken) // it was not limited before
		}
		if s.ceiling == 0 || taken >= used*rate {
			s.ceiling = max(rate, leastShare)
		}
	}
	rate *= factor
	s.setRate(rate)
}

// take takes a request of a client.
func (s *share) take(client uint64, now int64) (ok bool, wait time.Duration) {
	perSecond := reserved * s.limit.PerSecond
	s.queue.advance(perSecond, now)
	p := s.queue.of(client)
	due := p != nil && s.queue.due(p)
	level := s.bucket.level(s.limit, now)
	least := 1.0
	if due {
		// Its turn was promised. The others wait until the debt is paid.
		least = -s.limit.Burst
		if p.again {
			least -= s.limit.Burst + s.limit.PerSecond/10
		}
	} else if s.queue.waiting() {
		least = s.limit.Burst // what those leave whose turn it is
	}
	if level >= least {
		s.bucket = Bucket{level - 1, now}
		s.taken++
		if p != nil {
			*p = place{}
		}
		return true, 0
	}
	if due { // too many come at once
		interval := int64(float64(time.Second) / s.limit.PerSecond)
		s.late = max(s.late+interval, now+int64(time.Second))
		wait = time.Duration(s.late - now)
		p.again, p.until = true, now+int64(wait+placeLasts)
		return false, wait
	}
	if p == nil {
		p = s.queue.add(client)
	}
	return false, s.queue.wait(p, perSecond)
}
