package block

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The terms of a block must have whatever query.Events.Match finds, so what that
// calls equal has to have the same hash.
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
