package block

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func TestContainingLooksAtEachEntryAlone(t *testing.T) {
	agentOf := func(browser, userAgent string) string {
		return string(appendAgent(nil, &record.Request{Browser: browser, UserAgent: userAgent}))
	}
	for name, c := range map[string]struct {
		texts  []string
		needle string
		tuples bool
		want   []bool
	}{
		"any case":                      {[]string{"/Desks", "/rooms", "/DESKS/2"}, "desks", false, []bool{true, false, true}},
		"across two entries":            {[]string{"ab", "cd"}, "bc", false, []bool{false, false}},
		"across two of one width":       {[]string{"\x00b", "cd"}, "bc", false, []bool{false, false}},
		"the byte that ends an entry":   {[]string{"a", "bb"}, "\x00", false, []bool{false, false}},
		"the same byte within an entry": {[]string{"a", "b\x00b"}, "\x00", false, []bool{false, true}},
		"letters that are no ASCII":     {[]string{"Ünï", "uni", "ÜNÏ"}, "ünï", false, []bool{true, false, true}},
		"a user agent":                  {[]string{agentOf("Firefox", "Mozilla"), agentOf("Mozilla", "curl")}, "mozilla", true, []bool{true, false}},
		"twice in one entry":            {[]string{"aXaXa", "x"}, "x", false, []bool{true, true}},
	} {
		var d Dictionary
		if err := newDictionary(c.texts...).read(&d); err != nil {
			t.Fatal(err)
		}
		if got := d.containing(nil, c.needle, c.tuples); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// readDictionary returns a dictionary of texts as it is read, false if it is empty.
func readDictionary(t *rapid.T, texts []string) (d Dictionary, ok bool) {
	built := newDictionary(texts...)
	if built.empty() {
		return d, false
	}
	if err := built.read(&d); err != nil {
		t.Fatal(err)
	}
	return d, true
}

func TestContainingAgainstStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.SampledFrom([]rune("abAB\x00")), 0, 8, -1)
		texts := rapid.SliceOfNDistinct(letters, 1, 20, rapid.ID).Draw(t, "texts")
		needle := rapid.StringOfN(rapid.SampledFrom([]rune("abAB")), 1, 3, -1).Draw(t, "needle")
		d, ok := readDictionary(t, texts)
		if !ok {
			return
		}
		for i, got := range d.containing(make([]bool, 50), needle, false) {
			if want := strings.Contains(strings.ToLower(texts[i]), strings.ToLower(needle)); got != want {
				t.Fatalf("%q in %q: %t", needle, texts[i], got)
			}
		}
	})
}

func TestFittingAgainstMatchPattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00")), 0, 8, -1)
		texts := rapid.SliceOfNDistinct(letters, 1, 20, rapid.ID).Draw(t, "texts")
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00**")), 1, 5, -1).Draw(t, "pattern")
		d, ok := readDictionary(t, texts)
		if !ok {
			return
		}
		for i, got := range d.fitting(&entryFilters(&query.Requests{Path: pattern})[0]) {
			if want := query.MatchPattern(pattern, texts[i]); got != want {
				t.Fatalf("%q fits %q: %t", texts[i], pattern, got)
			}
		}
	})
}
