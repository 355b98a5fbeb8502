package codec

import (
	"bytes"
	"cmp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEventPosOrder(t *testing.T) {
	us := rapid.OneOf(rapid.SampledFrom([]int64{-62167219200_000000, -62135596800_000000, -1, 0, 1, 253402300799_999999}), rapid.Int64Range(-62167219200_000000, 253402300799_999999))
	seq := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, 255, 256, 1<<64 - 1}), rapid.Uint64())
	rapid.Check(t, func(t *rapid.T) {
		t1, s1, t2, s2 := us.Draw(t, "t1"), seq.Draw(t, "s1"), us.Draw(t, "t2"), seq.Draw(t, "s2")
		p1, p2 := NewPosition(time.UnixMicro(t1), s1), NewPosition(time.UnixMicro(t2), s2)
		if got, want := bytes.Compare(p1[:], p2[:]), cmp.Or(cmp.Compare(t1, t2), cmp.Compare(s1, s2)); got != want {
			t.Fatalf("compared %d, want %d", got, want)
		}
		if !p1.Time().Equal(time.UnixMicro(t1)) || p1.Seq() != s1 {
			t.Fatalf("read back %v %d", p1.Time(), p1.Seq())
		}
		before, ok := p1.Before()
		if !ok || bytes.Compare(before[:], p1[:]) >= 0 || bytes.Compare(p2[:], p1[:]) < 0 && bytes.Compare(p2[:], before[:]) > 0 {
			t.Fatalf("before %x is %x", p1, before)
		}
	})
	if _, ok := (Position{}).Before(); ok {
		t.Error("there is something before the first")
	}
	for _, far := range []time.Time{{}, time.Unix(1<<55, 0), time.Unix(-1<<55, 0)} {
		p, now := NewPosition(far, 0), NewPosition(time.Unix(0, 0), 0)
		if got, want := bytes.Compare(p[:], now[:]), far.Compare(time.Unix(0, 0)); got != want {
			t.Errorf("%v stands at %d, want %d", far, got, want)
		}
	}
}
