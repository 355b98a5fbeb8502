package query_test

import (
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record/query"
	"pgregory.net/rapid"
)

// A finder of ASCII finds what folding ASCII's letters finds.
func TestFinder(t *testing.T) {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, s)
	}
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("aAbBzZ/. ü")), 0, 30, -1)
	rapid.Check(t, func(t *rapid.T) {
		text, needle := letters.Draw(t, "text"), rapid.StringOfN(rapid.SampledFrom([]rune("aAbBzZ/. ")), 0, 4, -1).Draw(t, "needle")
		find := query.NewFinder(needle)
		if got, want := find.In(text), strings.Contains(fold(text), fold(needle)); got != want {
			t.Fatalf("%q in %q: %t, want %t", needle, text, got, want)
		}
		if !find.ASCII() {
			return
		}
		var want []int
		for i := range len(text) - min(len(text), len(needle)) + 1 {
			if strings.HasPrefix(fold(text[i:]), fold(needle)) {
				want = append(want, i)
			}
		}
		var got []int
		for i := range find.All(text) {
			got = append(got, i)
		}
		if len(got) != len(want) {
			t.Fatalf("%q in %q at %v, want %v", needle, text, got, want)
		}
	})
}

func TestFinderFoldsUnicode(t *testing.T) {
	if !query.NewFinder("TÜR").In("/haustür") || query.NewFinder("tür").In("/tur") {
		t.Error("ü is not found, or u taken for it")
	}
}
