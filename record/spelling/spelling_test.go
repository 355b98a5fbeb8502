package spelling_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record/spelling"
)

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"müller", "mu\u0308ller", "MÜLLER", "MU\u0308LLER"},
		{"σοφος", "ΣΟΦΟΣ", "σοφοσ"},
		{"åk", "A\u030aK", "\u212bk", "å\u212a"},
		{"straße", "STRAẞE"},
		{"ſs", "SS"},
		{"İstanbul", "I\u0307STANBUL", "istanbul"},
		{"ᾳ", "α\u0345", "ᾼ"},
		{"ṩ", "s\u0307\u0323", "s\u0323\u0307"},
		{"", ""},
	} {
		for _, s := range same {
			if got, want := spelling.Fold(s), spelling.Fold(same[0]); got != want {
				t.Errorf("%+q and %+q fold to %+q and %+q", s, same[0], got, want)
			}
		}
	}
	for _, pair := range [][2]string{{"straße", "strasse"}, {"müller", "muller"}, {"αί", "άι"}, {"ısı", "isi"}} {
		if spelling.Fold(pair[0]) == spelling.Fold(pair[1]) {
			t.Errorf("%q and %q fold to one", pair[0], pair[1])
		}
	}
}

func TestMailbox(t *testing.T) {
	for first, spellings := range map[string][]string{
		"ann@example.com":          {"ann@example.com", "ANN@Example.COM", "ann%40example.com", "ann%2540example.com", `ann\u0040example.com`, "ann@ｅxample．com", "ann@example。com"},
		"müller@bücher.example":    {"müller@bücher.example", "mu\u0308ller@bu\u0308cher.example", "MÜLLER@XN--BCHER-KVA.example", "m%C3%BCller@b%c3%bccher.example", "mu\u0308ller@xn--bcher-kva.example", `m\u00fcller@b\u00FCcher.example`},
		"νικοσ@παράδειγμα.example": {"νικος@παράδειγμα.example", "ΝΙΚΟΣ@ΠΑΡΆΔΕΙΓΜΑ.EXAMPLE", "νικοσ@xn--hxajbheg2az3al.example"},
		"straße@faß.example":       {"straße@faß.example", "straße@xn--fa-hia.example"},
		"müller":                   {"müller", "mu\u0308ller"},
		"":                         {""},
	} {
		for _, s := range spellings {
			if got, want := spelling.Mailbox(s), spelling.Fold(first); got != want {
				t.Errorf("%+q is %+q, want %+q", s, got, want)
			}
			if !spelling.SameMailbox(s, first) {
				t.Errorf("%+q is not the mailbox %+q", s, first)
			}
		}
	}
	for _, pair := range [][2]string{
		{"muller@bücher.example", "müller@bücher.example"}, {"a@faß.example", "a@fass.example"},
		{"müller@example.com", "müller@example.org"}, {"a+b@example.com", "a%20b@example.com"},
	} {
		if spelling.SameMailbox(pair[0], pair[1]) {
			t.Errorf("%q and %q are one mailbox", pair[0], pair[1])
		}
	}
}

func TestMailboxesInText(t *testing.T) {
	for text, want := range map[string]string{
		"An Ann@XN--BCHER-KVA.example.":           "an ann@bücher.example.",
		"a@bu\u0308cher.example, b@example.com":   "a@bücher.example, b@example.com",
		"mailto:a@xn--bcher-kva.example?cc=@@x@ü": "mailto:a@bücher.example?cc=@@x@ü",
		"@xn--\u00fc":                    "@xn--ü",
		"xn--bcher-kva.example":          "xn--bcher-kva.example",
		"a@" + strings.Repeat("ü", 2000): "a@" + strings.Repeat("ü", 2000),
	} {
		if got := spelling.Mailboxes(text); got != want {
			t.Errorf("%.80q became %.80q, want %.80q", text, got, want)
		}
	}
}

// Any mixture of spellings of a mailbox has one form, which is a spelling too.
func TestMailboxHasOneForm(t *testing.T) {
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("aåkmszüéñßσςΣİñçøЙ0")), 1, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		local, label := letters.Draw(t, "local"), spelling.Fold(letters.Draw(t, "label"))
		if ascii, err := idna.Lookup.ToASCII(label); err != nil || len(ascii) > 63 {
			t.Skip("no label")
		}
		mixed := mix(t, local, false) + rapid.SampledFrom([]string{"@", "%40", `\u0040`}).Draw(t, "at") + mix(t, label, true) + ".example"
		if got, want := spelling.Mailbox(mixed), spelling.Mailbox(local+"@"+label+".example"); got != want {
			t.Fatalf("%+q is %+q, want %+q", mixed, got, want)
		}
		if got := spelling.Mailbox(spelling.Mailbox(mixed)); got != spelling.Mailbox(mixed) {
			t.Fatalf("%+q has a form of its form: %+q", mixed, got)
		}
	})
}

// mix writes each letter of s in a spelling of its own, or a label in Punycode.
func mix(t *rapid.T, s string, label bool) string {
	if label && rapid.Bool().Draw(t, "punycode") {
		if ascii, err := idna.Lookup.ToASCII(norm.NFC.String(s)); err == nil {
			return ascii
		}
	}
	ways := []func(string) string{
		norm.NFC.String, norm.NFD.String, strings.ToUpper, strings.ToLower, percent,
		func(s string) string { return percent(percent(s)) }, unicodeEscape,
	}
	var out strings.Builder
	for _, r := range s {
		letter := string(r)
		back := strings.ToLower(strings.ToUpper(letter)) // as ß, which has no capital letter of its own
		if back != strings.ToLower(letter) && spelling.Fold(strings.ToUpper(letter)) != spelling.Fold(letter) {
			out.WriteString(letter)
			continue
		}
		out.WriteString(rapid.SampledFrom(ways).Draw(t, "way")(letter))
	}
	return out.String()
}

func percent(s string) string {
	const digits = "0123456789abcdef"
	var out strings.Builder
	for i := range len(s) {
		out.WriteString("%" + string(digits[s[i]>>4]) + string(digits[s[i]&15]))
	}
	return out.String()
}

func unicodeEscape(s string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for _, r := range s {
		out.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			out.WriteByte(digits[r>>shift&15])
		}
	}
	return out.String()
}

func TestUnescape(t *testing.T) {
	for s, want := range map[string]string{
		"/b%C3%BCcher":   "/bücher",
		"/b%c3%bccher":   "/bücher",
		"%25C3%25BC":     "ü",
		"%2525C3%2525BC": "ü",
		"100%":           "100%",
		"%zz%4":          "%zz%4",
		"%FC%C3":         "%FC%C3",
		"%C3%28":         "%C3(",
		"%FF%C3%BC":      "%FFü",
		"%EF%BF%BD":      "\ufffd",
		"%f0%9f%99%82":   "🙂",
		`\u00fc\u00FC`:   "üü",
		`\ud83d\ude42`:   "🙂",
		`\ud83d!\ude42`:  `\ud83d!\ude42`,
		`\u00`:           `\u00`,
		`\\u00fc`:        `\ü`,
		"a\xff%41":       "a\xffA",
	} {
		if got := spelling.Unescape(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

func TestSpellings(t *testing.T) {
	got := spelling.Spellings("müller@bücher.example")
	for _, want := range []string{"müller@bücher.example", "mu\u0308ller@bu\u0308cher.example", "müller@xn--bcher-kva.example", "mu\u0308ller@xn--bcher-kva.example"} {
		if !slices.Contains(got, want) {
			t.Errorf("%+q is missing in %+q", want, got)
		}
		if !spelling.SameName(want, "MÜLLER@bücher.example") {
			t.Errorf("%+q does not name it", want)
		}
	}
	for _, plain := range []string{"Ann", "ann@example.com", ""} {
		if got := spelling.Spellings(plain); len(got) != 1 || got[0] != plain {
			t.Errorf("%q has the spellings %q", plain, got)
		}
	}
}

func FuzzSpelling(f *testing.F) {
	for _, s := range []string{"%C3%BC", `\u00fc\ud83d\ude42`, "a@xn--bcher-kva.example", "%25%32%35C3", "\xff%\\u", "i\u0307@I\u0307", "ᾼ\u0345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain := spelling.Unescape(s)
		if len(plain) > len(s) {
			t.Fatalf("%q grew to %q", s, plain)
		}
		if utf8.ValidString(s) && !utf8.ValidString(plain) {
			t.Fatalf("%q became %q, which is no UTF-8", s, plain)
		}
		if !spelling.Escaped(s) && plain != s {
			t.Fatalf("%q became %q", s, plain)
		}
		if list := spelling.Spellings(s); len(list) > 8 || list[0] != s {
			t.Fatalf("%q has the spellings %q", s, list)
		}
		if spelling.Plain(s) && spelling.Mailbox(s) != strings.ToLower(s) {
			t.Fatalf("%q is plain, and the mailbox %q", s, spelling.Mailbox(s))
		}
		_ = spelling.Mailboxes(s)
	})
}
