package sanction

import (
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/bounded"
	"github.com/gatebook/gatebook/plugin/abuse/counter"
)

// steps are the limits of a throttled client, stricter each time that it is throttled
// again within a day.
var steps = [...]counter.Limit{{PerSecond: 1, Burst: 5}, {PerSecond: 0.1, Burst: 1}, {PerSecond: 1.0 / 60, Burst: 1}, {PerSecond: 1.0 / 600, Burst: 1}}

// Throttled is the limit of a client that is throttled for the first time.
var Throttled = steps[0]

const (
	// LastStep is the number of the strictest limit.
	LastStep = len(steps) - 1
	// strikeLifetime is how long a throttle is remembered, minStrike how long after
	// one another counts.
	strikeLifetime = int64(24 * time.Hour)
	minStrike      = int64(time.Minute)
	// maxStrikes bounds a [Strikes].
	maxStrikes = 1024
)

// StepFor returns the first step that slows a client down which sent so many requests
// between the first and the last of them. Without a gap between two there is no pace,
// and it returns 0.
func StepFor(requests int, between time.Duration) int {
	if requests < 2 || between <= 0 {
		return 0
	}
	step, perSecond := 0, float64(requests-1)/between.Seconds()
	for step < LastStep && steps[step].PerSecond > perSecond/2 {
		step++
	}
	return step
}

// Strikes remembers how often identities were throttled lately.
type Strikes map[uint64]strike

type strike struct {
	n  uint8
	at int64
}

// Add adds a throttle and returns how many there were before it.
func (s Strikes) Add(key uint64, now int64) (before int) {
	last, ok := s[key]
	switch {
	case !ok:
		bounded.MakeRoom(s, maxStrikes, func(s strike) int64 { return s.at })
	case now-last.at > strikeLifetime:
		last = strike{}
	case now-last.at < minStrike:
		return int(last.n) - 1
	}
	s[key] = strike{min(last.n+1, uint8(LastStep)+2), now}
	return int(last.n)
}
