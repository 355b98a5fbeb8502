package pattern

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The automaton finds the same patterns as a search for each of them.
func TestMatcherFindsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[ab/.]{1,5}`), 1, 20).Draw(t, "words")
		var list []Pattern
		for i, w := range words {
			list = append(list, Pattern{Text: w, Bit: 1 << i, In: Part(rapid.IntRange(1, 3).Draw(t, "parts"))})
		}
		text := rapid.StringMatching(`[abc/.]{0,40}`).Draw(t, "text")
		query := rapid.IntRange(0, len(text)).Draw(t, "query")
		want := uint64(0)
		for _, p := range list {
			for i := 0; i+len(p.Text) <= len(text); i++ {
				where := InPath
				if i+len(p.Text)-1 > query {
					where = InQuery
				}
				if strings.HasPrefix(text[i:], p.Text) && p.In&where != 0 {
					want |= p.Bit
				}
			}
		}
		if got := NewMatcher(list).Find([]byte(text), query); got != want {
			t.Fatalf("%q of %q: %b, want %b", words, text, got, want)
		}
	})
}

func TestDecoding(t *testing.T) {
	for in, want := range map[string]string{
		"/A%2fB":                    "/a/b",
		"/%252E%252e%252F":          "/../",
		"/%25252e%25252e%25252f":    "/../",
		"/%c0%ae%c0%ae%c0%af":       "/../",
		"/a%0d%0Ab\tc":              "/a  b c",
		"/100%":                     "/100%",
		"/%zz%4":                    "/%zz%4",
		"/%01%02":                   "/  ",
		"/caf\xc3\xa9/\xe2\x82\xac": "/caf\xc3\xa9/\xe2\x82\xac",
	} {
		if got := string(appendDecoded(nil, in, false)); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got := string(appendDecoded(nil, "a+b%2B", true)); got != "a b+" {
		t.Errorf("a query becomes %q", got)
	}
}

func FuzzDecoding(f *testing.F) {
	f.Add("/%252e%c0%af?")
	f.Fuzz(func(t *testing.T, in string) {
		out := appendDecoded(nil, in, true)
		if len(out) > len(in) {
			t.Errorf("%q grew to %q", in, out)
		}
		for _, c := range out {
			if c < ' ' {
				t.Errorf("%q has a control character: %q", in, out)
			}
		}
	})
}
