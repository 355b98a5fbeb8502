package counter

import (
	"testing"
	"time"
)

// A flood begins at many times the usual level, and ends with it. What is usual does
// not change meanwhile.
func TestFlood(t *testing.T) {
	var f Flood
	second := int64(1_700_000_000)
	run := func(seconds, perSecond int) (changes []FloodChange) {
		for range seconds {
			second++
			for range perSecond {
				if c := f.Count(second * int64(time.Second)); c != FloodSame {
					changes = append(changes, c)
				}
			}
		}
		return changes
	}
	if got := run(120, 20); got != nil || f.On() {
		t.Errorf("at the usual level: %v", got)
	}
	if got := run(20, 2000); len(got) != 1 || got[0] != FloodBegins || !f.On() || f.PerSecond() < 200 {
		t.Errorf("at 100 times the level: %v, %d a second", got, f.PerSecond())
	}
	if e, on := f.Last(second * int64(time.Second)); !on || e.Peak != 2000 || e.Usual != 20 || !e.Ended.IsZero() {
		t.Errorf("the flood that goes on: %+v, %v", e, on)
	}
	if got := run(60, 20); len(got) != 1 || got[0] != FloodEnds || f.On() {
		t.Errorf("afterwards: %v", got)
	}
	if e, on := f.Last(second * int64(time.Second)); on || e.Peak != 2000 || e.Ended.IsZero() {
		t.Errorf("the last flood: %+v, %v", e, on)
	}
}

// A flood ends also if no request comes any more.
func TestFloodEndsInSilence(t *testing.T) {
	var f Flood
	second := int64(1_700_000_000)
	for range 20 {
		second++
		for range 2000 {
			f.Count(second * int64(time.Second))
		}
	}
	if !f.On() {
		t.Fatal("no flood")
	}
	if e, on := f.Last((second + 300) * int64(time.Second)); on || e.Ended.IsZero() {
		t.Errorf("%+v, %v", e, on)
	}
	if c := f.Count((second + 301) * int64(time.Second)); c != FloodEnds {
		t.Errorf("the next request reports %v", c)
	}
}

// Nothing is a flood before the usual level is known, or below the floor.
func TestNoFlood(t *testing.T) {
	for name, perSecond := range map[string][2]int{"at the start": {400, 400}, "below the floor": {2, 80}} {
		var f Flood
		second := int64(1_700_000_000)
		for i, n := range perSecond {
			for range 58 + i {
				second++
				for range n {
					if f.Count(second*int64(time.Second)) != FloodSame {
						t.Fatalf("%s: a flood", name)
					}
				}
			}
			if name == "at the start" {
				break
			}
		}
	}
}

// A flood that the application cannot answer is found within a tenth of a second. One
// client with many requests at once is no flood, nor is an application that does not
// answer what it usually does.
func TestRush(t *testing.T) {
	const (
		second = int64(time.Second)
		level  = 30
	)
	for name, test := range map[string]struct {
		clients, perSecond int
		forSeconds         float64
		flood              bool
	}{
		"many clients":              {2000, 800, 0.1, true},
		"a page with many pictures": {1, 800, 0.1, false},
		"an office of fifteen":      {15, 800, 0.1, false},
		"more than one page has":    {1, 1200, 0.1, true},
		"too few to matter":         {2000, 800, 0.03, false},
		"no answers at the usual":   {2000, level, 0.999, false},
	} {
		var f Flood
		now := 1_700_000_000 * second
		for range 120 * level {
			now += second / level
			f.Arrived(uint64(now), now)
			f.Count(now)
			f.Answered(20*time.Millisecond, false)
		}
		now = (now/second + 2) * second
		found := int64(0)
		for n := range int(test.forSeconds * float64(test.perSecond)) {
			at := now + int64(n)*second/int64(test.perSecond)
			f.Arrived(mixed(n%test.clients), at)
			if f.On() && found == 0 {
				found = at
			}
		}
		if f.On() != test.flood {
			t.Errorf("%s: flood is %v", name, f.On())
		}
		if test.flood && found > now+second/10 {
			t.Errorf("%s: found after %s", name, time.Duration(found-now))
		}
	}
}

// mixed is the hash of a client.
func mixed(n int) uint64 { return uint64(n) * 0x9e3779b97f4a7c15 >> 20 }
