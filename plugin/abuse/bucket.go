package abuse

import "time"

// bucket is a golang.org/x/time/rate limiter in 16 bytes instead of 80, with
// the same arithmetic: a test holds it to the same answers. It has no lock, as
// its shard has one.
type bucket struct {
	tokens float64
	last   int64 // nanoseconds since 1970
}

// limit is how fast tokens come back, and how many there can be.
type limit struct {
	perSecond float64
	burst     float64
}

func everyLeak(leak time.Duration, capacity float64) limit {
	if leak <= 0 {
		return limit{burst: capacity}
	}
	return limit{1 / leak.Seconds(), capacity}
}

// full is a bucket from which nothing was taken.
func (l limit) full(now int64) bucket { return bucket{l.burst, now} }

// level is how many tokens there are.
func (b *bucket) level(l limit, now int64) float64 {
	last := min(b.last, now)
	return min(b.tokens+time.Duration(now-last).Seconds()*l.perSecond, l.burst)
}

// take takes n tokens if they are there. Otherwise it takes none, and says how
// long they take to come.
func (b *bucket) take(l limit, now int64, n float64) (ok bool, wait time.Duration) {
	tokens := b.level(l, now) - n
	if tokens < 0 && l.perSecond > 0 {
		wait = time.Duration(-tokens / l.perSecond * float64(time.Second))
	}
	if n > l.burst || tokens < 0 && (wait > 0 || l.perSecond <= 0) {
		return false, wait
	}
	b.tokens, b.last = tokens, now
	return true, 0
}

// refilled reports whether nothing is missing.
func (b *bucket) refilled(l limit, now int64) bool { return b.level(l, now) >= l.burst }
