package counter

import (
	"testing"
	"time"

	"golang.org/x/time/rate"
	"pgregory.net/rapid"
)

// A bucket gives the same answers as the library's limiter for any requests,
// also when time goes backwards.
func TestBucketIsALimiter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leak := time.Duration(rapid.Int64Range(1, int64(20*time.Minute)).Draw(t, "leak"))
		capacity := rapid.IntRange(0, 600).Draw(t, "capacity")
		start := time.Unix(1431857100, 0)
		theirs := rate.NewLimiter(rate.Every(leak), capacity)
		l := Every(leak, float64(capacity))
		ours := l.Full(start.UnixNano())
		now := start
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(-int64(leak), 3*int64(leak)).Draw(t, "later")))
			n := rapid.IntRange(0, 3).Draw(t, "n")
			want := theirs.AllowN(now, n)
			if got, _ := ours.Take(l, now.UnixNano(), float64(n)); got != want {
				t.Fatalf("%d tokens: %v, the limiter says %v", n, got, want)
			}
			if got, want := ours.level(l, now.UnixNano()), theirs.TokensAt(now); got != want {
				t.Fatalf("%v tokens, the limiter has %v", got, want)
			}
		}
	})
}

// The wait that a bucket returns is exact: after it, and not much earlier, there
// is a token.
func TestBucketWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limit{rapid.Float64Range(0.01, 1000).Draw(t, "rate"), float64(rapid.IntRange(1, 50).Draw(t, "burst"))}
		now := int64(1431857100e9)
		b := l.Full(now)
		for {
			now += rapid.Int64Range(0, int64(0.5/l.PerSecond*1e9)).Draw(t, "gap")
			ok, wait := b.Take(l, now, 1)
			if ok {
				continue
			}
			early, late := b, b
			if ok, _ := early.Take(l, now+int64(wait)-1000, 1); ok && wait > time.Millisecond {
				t.Fatal("there was a token before")
			}
			if ok, _ := late.Take(l, now+int64(wait)+1000, 1); !ok {
				t.Fatal("there is no token after waiting")
			}
			return
		}
	})
}
