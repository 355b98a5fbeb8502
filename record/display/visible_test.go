package display

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ünï – 漢字":    "plain, ünï – 漢字",
		"a\nb\tc":            "a↵b⇥c",
		"\x1b[31m":           "[U+001B][31m",
		"x\u202Egpj.exe":     "x[U+202E]gpj.exe",
		"caf\xe9":            `caf\xE9`,
		"👩\u200d💻 می\u200cخ": "👩\u200d💻 می\u200cخ",
		"\U000e0041":         "[U+E0041]",
		"\u009b\u2028\ufeff": "[U+009B][U+2028][U+FEFF]",
		"\ufffd":             "\ufffd",
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestVisibleJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"ünï – 漢字"}`:           `{"a":"ünï – 漢字"}`,
		"{\n  \"a\":\t1\r\n}":        "{\n  \"a\":\t1\r\n}",
		"\"\u202e\x7f\u009b\"":       `"\u202e\u007f\u009b"`,
		"\"\U000e0041\"":             `"\udb40\udc41"`,
		"\"👩\u200d💻\"":               "\"👩\u200d💻\"",
		"\"\xff\ufffd\xe2\x80\"":     "\"\\ufffd\ufffd\\ufffd\\ufffd\"",
		"{\n\"a\": \"\u2028\",\n\n}": "{\n\"a\": \"\\u2028\",\n\n}",
		"no JSON \x1b[2J":            `no JSON \u001b[2J`,
	} {
		if got := VisibleJSON([]byte(in)); string(got) != want {
			t.Errorf("VisibleJSON(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLettersInJSON(t *testing.T) {
	for in, want := range map[string][2]string{
		`"b\u00fccher \u20AC \ud83d\ude42"`:           {`"bücher € 🙂"`, `"bücher € 🙂"`},
		`"\u003cb\u003e \u0026 \u0041"`:               {`"\u003cb\u003e \u0026 \u0041"`, `"<b> & A"`},
		`"\u0022 \u005c \u005Cu00fc"`:                 {`"\u0022 \u005c \u005Cu00fc"`, `"\u0022 \u005c \u005Cu00fc"`},
		`"\\u00fc \" \n \/"`:                          {`"\\u00fc \" \n \/"`, `"\\u00fc \" \n \/"`},
		`"\u001b \u009b \u202e \u2066 \ufeff \u2028"`: {`"\u001b \u009b \u202e \u2066 \ufeff \u2028"`, `"\u001b \u009b \u202e \u2066 \ufeff \u2028"`},
		`"\udb40\udc41 \ud83d \ude42"`:                {`"\udb40\udc41 \ud83d \ude42"`, `"\udb40\udc41 \ud83d \ude42"`},
		"no JSON \\\x1b[2J \\\u202e \\":               {`no JSON \\u001b[2J \\u202e \`, `no JSON \\u001b[2J \\u202e \`},
	} {
		for i, got := range [][]byte{VisibleJSON([]byte(in)), ReadableJSON([]byte(in))} {
			if string(got) != want[i] {
				t.Errorf("%q became %q, want %q", in, got, want[i])
			}
		}
	}
	if got := PlainValue([]byte(`{"a":"\u00fc"}`)); got != `{"a":"ü"}` {
		t.Errorf("a change shows %q", got)
	}
}

// FuzzLettersInJSON checks that the letters of a JSON text mean what its escapes did.
func FuzzLettersInJSON(f *testing.F) {
	for _, s := range []string{`"\u00fc"`, `["\ud83d\ude42","\\u00fc","\u0022"]`, `{"\u202e":"\ud83d"}`, "\\\x1b", `\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want, got any
		valid := json.Unmarshal(text, &want) == nil
		for _, shown := range [][]byte{VisibleJSON(text), ReadableJSON(text)} {
			if !utf8.Valid(shown) || strings.IndexFunc(string(shown), invisibleInJSON) >= 0 {
				t.Errorf("%q is shown as %q", text, shown)
			}
			got = nil
			if valid && (json.Unmarshal(shown, &got) != nil || !reflect.DeepEqual(want, got)) {
				t.Errorf("%q is shown as %q", text, shown)
			}
		}
	})
}

// FuzzVisible checks what is made of any text for a page, for a cell and for
// JSON.
func FuzzVisible(f *testing.F) {
	for _, s := range []string{
		"", "a", "=1", "\x00\x1b\x7f", "\u0085\u009b", "\u202e", "\xff\xfe", "\U000e0041", "\ufffd", `\u001b`, " ＝", "\u2003＝1", "👩\u200d💻",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := Visible(s)
		if !utf8.ValidString(shown) || strings.IndexFunc(shown, Invisible) >= 0 {
			t.Errorf("Visible(%q) = %q", s, shown)
		}
		if Visible(shown) != shown {
			t.Errorf("Visible(%q) is not visible at once", s)
		}
		cell := plainCell(s)
		first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, unicode.IsSpace))
		if strings.ContainsRune("=+-@＝＋－＠\t\r\n", first) {
			t.Errorf("plainCell(%q) = %q", s, cell)
		}
		plain, err := json.Marshal(map[string]string{s: s})
		if err != nil {
			t.Fatal(err)
		}
		line := VisibleJSON(plain)
		if !utf8.Valid(line) || strings.IndexFunc(string(line), Invisible) >= 0 {
			t.Errorf("JSON of %q is %q", s, line)
		}
		var want, got any
		if json.Unmarshal(plain, &want) != nil || json.Unmarshal(line, &got) != nil || !reflect.DeepEqual(want, got) {
			t.Errorf("JSON of %q means %v instead of %v", s, got, want)
		}
	})
}
