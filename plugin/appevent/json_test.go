package appevent

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"k` + strconv.Itoa(i) + `":1`)
	}
	return "{" + b.String()[1:] + "}"
}

func TestIJSON(t *testing.T) {
	for _, c := range []struct{ text, refused string }{
		{`{}`, ""},
		{`{"a":[]}`, ""},
		{`{"a":[1,"b",true,false,null,{},[]]}`, ""},
		{`{"":0}`, ""},
		{`{"a":"\"\\\/\b\f\n\r\t\u00e4\uD83D\ude00"}`, ""},
		{"{\"a\":\"\u20ac\U0001F600\ufffd\x7f\"}", ""},
		{`{"a":{"b":{"c":{"d":{"e":{}}}}}}`, ""},
		{`{"a":{"b":{"c":{"d":{"e":{"f":{}}}}}}}`, "nested"},
		{`{"a":[[[[[]]]]]}`, ""},
		{`{"a":[[[[[[]]]]]]}`, "nested"},
		{keys(64), ""},
		{keys(65), "more than 64 keys"},
		{`{"a":[` + keys(64) + `,` + keys(64) + `]}`, ""},
		{`{"a":` + keys(65) + `}`, "more than 64 keys"},
		{`{"a":1,"a":1}`, "twice"},
		{`{"a":1,"\u0061":1}`, "twice"},
		{`{"x":{"a":1,"b":{"a":2},"a":1}}`, "twice"},
		{`{"a":{"a":{"a":1}},"b":{"a":1}}`, ""},
		{`{"a":1}x`, "something follows"},
		{`{"a":1,}`, "key in quotes"},
		{`{,}`, "key in quotes"},
		{`{a:1}`, "key in quotes"},
		{`{'a':1}`, "key in quotes"},
		{`{"a"}`, "colon"},
		{`{"a":}`, "value is expected"},
		{`{"a":1 "b":2}`, "comma or the object's end"},
		{`{"a":[1 2]}`, "comma or the array's end"},
		{`{"a":[1,]}`, "value is expected"},
		{`{"a":1}}`, "something follows"},
		{`{"a":tru}`, "value is expected"},
		{`{"a":True}`, "value is expected"},
		{`{"a":NaN}`, "value is expected"},
		{`{"a":/*c*/1}`, "value is expected"},
		{"{\"a\":\"\n\"}", "control character"},
		{"{\"a\":\"\xff\"}", "not valid UTF-8"},
		{"{\"a\":\"\xed\xa0\x80\"}", "not valid UTF-8"},
		{"{\"\xc3\":1}", "not valid UTF-8"},
		{`{"a":"\ud83d"}`, "surrogate"},
		{`{"a":"\ude00"}`, "surrogate"},
		{`{"a":"\ud83d\ud83d"}`, "surrogate"},
		{`{"a":"\ud83dx"}`, "surrogate"},
		{`{"a":"\ud83d\n"}`, "surrogate"},
		{`{"\ud83d":1}`, "surrogate"},
		{`{"a":"\ufffe"}`, "no character"},
		{`{"a":"\ufdd0"}`, "no character"},
		{`{"a":"\ud83f\udfff"}`, "no character"},
		{"{\"a\":\"\uffff\"}", "no character"},
		{`{"a":"\x41"}`, "escape"},
		{`{"a":"\u12g4"}`, "escape"},
		{`{"a":"\U0041"}`, "escape"},
		{`{"a":[0,-0,1.5,-1e5,1E-300,10,12345678901234567890]}`, ""},
		{`{"a":01}`, "comma or the object's end"},
		{`{"a":-}`, "number is malformed"},
		{`{"a":+1}`, "value is expected"},
		{`{"a":1.}`, "number is malformed"},
		{`{"a":.5}`, "value is expected"},
		{`{"a":1e}`, "number is malformed"},
		{`{"a":1e400}`, "out of range"},
		{`{"a":0x10}`, "comma or the object's end"},
		{`{"a":` + strings.Repeat("1", 64) + `}`, ""},
		{`{"a":` + strings.Repeat("1", 65) + `}`, "longer than 64"},
	} {
		_, bad := readText(c.text, 1)
		switch {
		case bad == nil && c.refused != "":
			t.Errorf("%.60s was taken, want %q", c.text, c.refused)
		case bad != nil && (c.refused == "" || !strings.Contains(bad.reason, c.refused)):
			t.Errorf("%.60s: %q, want %q", c.text, bad.reason, c.refused)
		case bad != nil && bad.ended:
			t.Errorf("%.60s: is said to want more", c.text)
		}
		if bad == nil && !json.Valid([]byte(c.text)) {
			t.Errorf("%.60s was taken but is no JSON", c.text)
		}
	}
}

// Wherever an object is cut off, more text could make it whole, and reading
// says so: joining lines depends on it.
func TestCutObjectsWantMore(t *testing.T) {
	whole := `{"a":[1,-2.5e+3,{"b":"\"\u00e4"}],"c":null}`
	for i := 1; i < len(whole); i++ {
		_, bad := readText(whole[:i], 1)
		if bad == nil {
			t.Fatalf("%s was taken", whole[:i])
		}
		// Inside a word nothing was split at a comma.
		if cutWord := strings.HasSuffix(whole[:i], "n") || strings.HasSuffix(whole[:i], "nu") || strings.HasSuffix(whole[:i], "nul"); bad.ended == cutWord {
			t.Errorf("%s: wants more is %v: %s", whole[:i], bad.ended, bad.reason)
		}
	}
}

func TestUnquote(t *testing.T) {
	for _, raw := range []string{
		`""`, `"a"`, `"\""`, `"\\"`, `"\\\""`, `"a\/b\b\f\n\r\tc"`, `"\u0000\u00e4\u20AC"`, `"\ud83d\ude00x"`, `"ä\u00e4ä"`,
	} {
		var want string
		if err := json.Unmarshal([]byte(raw), &want); err != nil {
			t.Fatal(err)
		}
		if got := unquote(raw); got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
}
