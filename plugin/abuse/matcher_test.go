package abuse

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The automaton finds what looking for each pattern alone finds.
func TestMatcherFindsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[ab/.]{1,5}`), 1, 20).Draw(t, "words")
		var list []pattern
		for i, w := range words {
			list = append(list, pattern{text: w, bit: 1 << i, parts: part(rapid.IntRange(1, 3).Draw(t, "parts"))})
		}
		text := rapid.StringMatching(`[abc/.]{0,40}`).Draw(t, "text")
		query := rapid.IntRange(0, len(text)).Draw(t, "query")
		want := uint64(0)
		for _, p := range list {
			for i := 0; i+len(p.text) <= len(text); i++ {
				where := inPath
				if i+len(p.text)-1 > query {
					where = inQuery
				}
				if strings.HasPrefix(text[i:], p.text) && p.parts&where != 0 {
					want |= p.bit
				}
			}
		}
		if got := newMatcher(list).in([]byte(text), query); got != want {
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

// Every list can be read, and every pattern in it can be found.
func TestLists(t *testing.T) {
	w := builtinLists()
	for _, l := range listed {
		for _, word := range builtinWords(builtin[l.rule].Name) {
			text := anchored(word, true)
			if plain := appendDecoded(nil, word, false); string(plain) != strings.ToLower(word) {
				t.Errorf("%s: %q is looked for in decoded texts: write %q", builtin[l.rule].Name, word, plain)
			}
			query := len(text)
			if l.parts&inPath == 0 {
				query = -1
			}
			if w.uri.in([]byte(text), query)>>l.rule&1 == 0 {
				t.Errorf("%s: %q is not found", builtin[l.rule].Name, word)
			}
		}
	}
	t.Logf("%d states for addresses, %d for agents", len(w.uri.ends), len(w.agent.ends))
}
