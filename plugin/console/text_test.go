package console

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"booking.created": "Booking created", "smart_lock": "Smart lock", "a-b:c": "A b c", "": "", "...": "...", "über": "Über",
	} {
		if got := words(in); got != want {
			t.Errorf("words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestVolume(t *testing.T) {
	for in, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 5120: "5.1 kB", 9949: "9.9 kB", 9950: "10 kB", 639_400: "639 kB", 999_499: "999 kB",
		999_500: "1.0 MB", 12_345_678: "12 MB", 1 << 40: "1.1 TB", 1 << 62: "4611686 TB",
	} {
		if got := volume(in); got != want {
			t.Errorf("volume(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ünï – 漢字":    "plain, ünï – 漢字",
		"a\nb\tc":            "a↵b⇥c",
		"\x1b[31m":           "[U+001B][31m",
		"x\u202Egpj.exe":     "x[U+202E]gpj.exe",
		"caf\xe9":            `caf\xE9`,
		"👩\u200d💻 می\u200cخ": "👩\u200d💻 می\u200cخ",
		"\U000e0041":         "[U+E0041]",
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzText checks what leaves the console of any text: in a page, in a cell
// and in JSON.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "=1", "\x00\x1b\x7f", "\u0085\u009b", "\u202e", "\xff\xfe", "\U000e0041", "\ufffd", `\u001b`, " ＝", "👩\u200d💻"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := visible(s)
		if !utf8.ValidString(shown) || strings.IndexFunc(shown, invisible) >= 0 {
			t.Errorf("visible(%q) = %q", s, shown)
		}
		if visible(shown) != shown {
			t.Errorf("visible(%q) is not visible at once", s)
		}
		cell := plainCell(s)
		if first := strings.TrimLeft(cell, " \u00a0\u3000"); first != "" && strings.ContainsAny(first[:1], "=+-@\t\r\n") {
			t.Errorf("plainCell(%q) = %q", s, cell)
		}
		line, err := marshalLine(map[string]string{s: s})
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(strings.TrimSuffix(string(line), "\n"), invisible); i >= 0 {
			t.Errorf("JSON of %q is %q", s, line)
		}
		var want, got any
		plain, err := json.Marshal(map[string]string{s: s})
		if err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(plain, &want) != nil || json.Unmarshal(line, &got) != nil || !reflect.DeepEqual(want, got) {
			t.Errorf("JSON of %q means %v instead of %v", s, got, want)
		}
	})
}

// FuzzSafeHref follows links as browsers do: they drop line breaks and tabs
// anywhere, controls and spaces around, and read "\" as "/".
func FuzzSafeHref(f *testing.F) {
	for _, s := range []string{"/a", "//a", "/\\a", "/\t/a", "https://a/b", "http:a", "javascript:x", " javascript:x", "JAVASCRIPT:x", "a", "", "/a:b", "https://", "/%2f/a", "?x", "#x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, href string) {
		got := safeHref(href)
		if got == "" {
			return
		}
		if got != href {
			t.Fatalf("safeHref(%q) = %q", href, got)
		}
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(href)
		seen = strings.TrimFunc(seen, func(r rune) bool { return r <= ' ' })
		if strings.HasPrefix(seen, "/") {
			if strings.HasPrefix(seen, "//") {
				t.Errorf("%q leaves the site", href)
			}
			return
		}
		u, err := url.Parse(seen)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Errorf("%q leads to %v (%v)", href, u, err)
		}
	})
}

// TestRepeated compares with a search: a time is repeated if there is another
// one, at most a few hours away, that reads the same.
func TestRepeated(t *testing.T) {
	var zones []*time.Location
	// Lord Howe changes by half an hour, Dublin's summer is its standard time,
	// Kolkata changes nothing, Apia skipped a day.
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kolkata", "Pacific/Apia", "UTC"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, loc)
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(1_000_000_000, 2_000_000_000).Draw(t, "second"), 0).In(loc)
		// Most times are far from any change: go close to one.
		if _, end := at.ZoneBounds(); !end.IsZero() {
			at = end.Add(time.Duration(rapid.IntRange(-7300, 7300).Draw(t, "off")) * time.Second)
		}
		want := false
		for minutes := -180; minutes <= 180; minutes += 30 {
			other := at.Add(time.Duration(minutes) * time.Minute)
			want = want || minutes != 0 && other.Format(time.DateTime) == at.Format(time.DateTime)
		}
		if got := repeated(at); got != want {
			t.Fatalf("repeated(%v) = %v, want %v", at, got, want)
		}
	})
}
