package counter

import (
	"testing"
	"time"
)

// seconds counts so many requests in each second of a time.
func (f *Flood) seconds(from, to int64, perSecond int) (began bool) {
	for s := from; s < to; s++ {
		for range perSecond {
			if f.Count(s*int64(time.Second)) == FloodBegins {
				began = true
			}
		}
	}
	return began
}

// midnight is one in UTC.
const midnight = int64(20_000 * 24 * 3600)

// A busy morning after a quiet night is a flood on the first day only, also after a
// restart. At night as many requests still are.
func TestLevelsByHour(t *testing.T) {
	const night, morning = midnight + 7*3600, midnight + 8*3600
	day := func(f *Flood, n int64) (began bool) {
		n *= 24 * 3600
		f.seconds(night+n, morning+n, 5)
		return f.seconds(morning+n, morning+n+3600, 150)
	}
	var f Flood
	if !day(&f, 0) {
		t.Error("30 times the level of the night is no flood")
	}
	f.seconds(morning+3600, morning+5*3600, 5)

	var known Flood
	known.seconds(morning, morning+3600, 150) // a gate that was started in the morning
	known.seconds(morning+3600, morning+3700, 5)
	stored := known.TakeChanged()
	if stored == nil || known.TakeChanged() != nil {
		t.Fatal("an hour is to be stored once")
	}
	var again Flood
	if !again.Restore(stored) {
		t.Fatal("it cannot be read")
	}
	if day(&again, 1) {
		t.Error("the usual morning is a flood")
	}
	var other Flood
	other.Restore(stored)
	other.seconds(midnight, midnight+1200, 5)
	if !other.seconds(midnight+1200, midnight+1260, 150) {
		t.Error("the level of the morning is no flood at night")
	}
}

// What cannot be read changes nothing.
func TestLevelsThatCannotBeRead(t *testing.T) {
	var f Flood
	good := f.levels.encode(0.02)
	for _, bad := range [][]byte{nil, {}, good[1:], append([]byte{9}, good[1:]...), append(good[:5:5], 255), append([]byte{levelsVersion, 255, 255, 255, 255}, good[5:]...)} {
		if f.Restore(bad) || f.levels.known() || f.share.usual != 0 {
			t.Errorf("%v was read", bad)
		}
	}
	if !f.Restore(good) || f.share.usual < 0.0199 || f.share.usual > 0.0201 {
		t.Errorf("the usual latency is %f", f.share.usual)
	}
}
