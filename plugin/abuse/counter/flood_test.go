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
	if got := run(60, 20); len(got) != 1 || got[0] != FloodEnds || f.On() {
		t.Errorf("afterwards: %v", got)
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
