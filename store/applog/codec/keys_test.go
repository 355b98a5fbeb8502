package codec

import (
	"bytes"
	"cmp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
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

// An index must hold whatever query.Events.Match finds, so what that
// calls equal has to be the same key.
func TestFoldIsEqualFold(t *testing.T) {
	char := rapid.OneOf(rapid.SampledFrom([]rune("kK\u212asSſßẞµμΜåÅ\u212bǅǆǄσςΣiIİıйЙ\ufffd\x00 ")), rapid.Rune())
	text := rapid.OneOf(rapid.StringOfN(char, 0, 3, -1), rapid.SampledFrom([]string{"\xff", "\xfe", "a\xc3"}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if rapid.Bool().Draw(t, "related") {
			b = rapid.SampledFrom([]string{strings.ToUpper(a), strings.ToLower(a), strings.ToTitle(a)}).Draw(t, "case")
		}
		if got, want := fold(a) == fold(b), strings.EqualFold(a, b); got != want {
			t.Fatalf("%q and %q fold to %q and %q", a, b, fold(a), fold(b))
		}
	})
}

func TestQueryIndexPrefersTheNarrowest(t *testing.T) {
	many := make([]string, 0, 40)
	for c := range 40 {
		many = append(many, string(rune('a'+c%20)))
	}
	for _, c := range []struct {
		q    query.Events
		want string
	}{
		{query.Events{}, "t"},
		{query.Events{EventFilter: query.EventFilter{Words: []string{"x"}, Outcomes: []string{record.OutcomeSuccess}}}, "t"},
		{query.Events{EventFilter: query.EventFilter{Categories: []string{"b", "a", "b"}}}, "cc"},
		{query.Events{EventFilter: query.EventFilter{Categories: many[:20]}}, "t"},
		{query.Events{EventFilter: query.EventFilter{Categories: append(many[:10:10], many[:10]...)}}, "cccccccccc"},
		{query.Events{EventFilter: query.EventFilter{Categories: []string{"b"}, Types: []string{"b.*"}}}, "c"},
		{query.Events{EventFilter: query.EventFilter{Types: []string{"*"}}}, "t"},
		{query.Events{EventFilter: query.EventFilter{Categories: []string{"b"}, Outcomes: []string{record.OutcomeDenied}}}, "o"},
		{query.Events{EventFilter: query.EventFilter{Categories: []string{"b"}, Outcomes: []string{record.OutcomeDenied}, Types: []string{"b.c"}}}, "y"},
		{query.Events{EventFilter: query.EventFilter{Initiators: []string{"u"}, Types: []string{"b.c"}}}, "w"},
		{query.Events{EventFilter: query.EventFilter{Initiators: []string{"u"}, Types: []string{"b.c"}, Subjects: []string{"s"}}}, "s"},
	} {
		var kinds string
		for _, prefix := range QueryIndex(&c.q) {
			kinds += string(prefix[0])
		}
		if kinds != c.want {
			t.Errorf("%+v reads %q, want %q", c.q, kinds, c.want)
		}
	}
}
