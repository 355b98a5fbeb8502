package counter

import (
	"testing"
	"time"
)

// During a flood, clients without standing get what the application bears.
func TestShare(t *testing.T) {
	var f Flood
	second := int64(1_700_000_000)
	run := func(seconds, perSecond int, latency time.Duration) (passed int) {
		for range seconds {
			second++
			for i := range perSecond {
				at := second*int64(time.Second) + int64(i)*int64(time.Second)/int64(perSecond)
				f.Count(at)
				f.Answered(latency, false)
				if f.On() {
					if ok, wait := f.Take(uint64(i), at); ok {
						passed++
					} else if wait <= 0 {
						t.Fatalf("refused without a time to wait")
					}
				}
			}
		}
		return passed
	}
	run(120, 20, 10*time.Millisecond)
	run(5, 2000, 10*time.Millisecond)
	if !f.On() {
		t.Fatal("no flood")
	}
	if n := run(10, 2000, 10*time.Millisecond); n < 15_000 {
		t.Errorf("%d of 20000 pass while the application is quick", n)
	}
	run(10, 2000, time.Second)
	if n := run(10, 2000, time.Second); n > 11*leastShare {
		t.Errorf("%d of 20000 pass while the application is slow", n)
	}
}
