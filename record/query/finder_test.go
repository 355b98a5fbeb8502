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

// Whatever way a text was stored, it is found by each way to type it.
func TestFinderFindsSpellings(t *testing.T) {
	for _, test := range []struct {
		needles, found, missed []string
	}{
		{
			[]string{"müller", "mu\u0308ller", "MÜLLER"},
			[]string{"Herr Müller", "Herr Mu\u0308ller", "MU\u0308LLER", "/m%C3%BCller", "/mu%cc%88ller", `{"m\u00fcller"}`},
			[]string{"muller", "mller", "/m%FCller", "%"},
		},
		{[]string{"bücher"}, []string{"/b%C3%BCcher", "/b%25C3%25BCcher?x"}, []string{"/b%C3cher"}},
		{[]string{"σοφος", "ΣΟΦΟΣ"}, []string{"σοφος.", "Σοφοσ"}, []string{"σοφ"}},
		{[]string{"ann@example.com", "ANN@"}, []string{"?q=ann%40example.com", `ann\u0040example.com`}, []string{"ann%41example.com"}},
		{[]string{"<script>", "<script"}, []string{"?q=%3Cscript%3E", "%253CSCRIPT%253E"}, []string{"script"}},
		{[]string{"/b%C3%BCcher"}, []string{"/b%c3%bccher"}, []string{"/bücher"}},
		{[]string{"match"}, []string{"match"}, []string{"m%61tch"}},
	} {
		for _, needle := range test.needles {
			find := query.NewFinder(needle)
			for _, s := range test.found {
				if !find.In(s) {
					t.Errorf("%+q is not found in %+q", needle, s)
				}
			}
			for _, s := range test.missed {
				if find.In(s) {
					t.Errorf("%+q is found in %+q", needle, s)
				}
			}
		}
	}
}

func BenchmarkFinder(b *testing.B) {
	const path = "/assets/app-5f1c9b0e.js?v=3&lang=de%2DDE&user_agent=Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"
	for name, needle := range map[string]string{"ascii": "desks", "escapable": "desk 23", "umlaut": "müller"} {
		find := query.NewFinder(needle)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if find.In(path) {
					b.Fatal("it is not there")
				}
			}
		})
	}
}
