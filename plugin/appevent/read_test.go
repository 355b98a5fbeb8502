package appevent

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

var origin = Origin{
	Now:       time.Date(2023, 1, 31, 9, 31, 25, 0, time.UTC),
	Status:    200,
	Method:    "POST",
	Route:     "/desks/23/book",
	Host:      "booking.example.com",
	RequestID: "req-1",
}

// ev is the smallest event, told apart by its id.
func ev(id string) string {
	return fmt.Sprintf(`{"id":"%s","category":"booking","text":"t"}`, id)
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func sf(s string) string { return ":" + base64.StdEncoding.EncodeToString([]byte(s)) + ":" }

func ids(events []record.Event) string {
	var out []string
	for _, e := range events {
		out = append(out, e.ID)
	}
	return strings.Join(out, " ")
}

func reasons(rejected []Rejection) string {
	var out []string
	for _, r := range rejected {
		out = append(out, r.Reason)
	}
	return strings.Join(out, "; ")
}

func TestGrammar(t *testing.T) {
	jpeg := "\xff\xd8\xff\xe0"
	for _, c := range []struct {
		name     string
		lines    []string
		ids      string
		rejected string // what each reason contains, separated by "; "
	}{
		{"nothing", nil, "", ""},
		{"empty line", []string{""}, "", ""},
		{"one object", []string{ev("a")}, "a", ""},
		{"several lines", []string{ev("a"), ev("b"), ev("c")}, "a b c", ""},
		{"several on a line", []string{ev("a") + "," + ev("b") + " \t,\t " + ev("c")}, "a b c", ""},
		{"whitespace around", []string{" \t" + ev("a") + "\t "}, "a", ""},
		{"spaces inside", []string{`{ "id" : "a" , "category":"x" ,"text":"t", "details":{ "k" : [ 1 , 2 ] } }`}, "a", ""},
		{"empty list elements", []string{"," + ev("a") + ",, ,"}, "a", ""},
		{"same id twice", []string{ev("a"), ev("a")}, "a a", ""},
		{"base64url", []string{b64(ev("a"))}, "a", ""},
		{"base64url padded", []string{base64.URLEncoding.EncodeToString([]byte(ev("abc"))) + " , " + ev("b")}, "abc b", ""},
		{"base64url of spread JSON", []string{b64("{ \"id\":\n\t\"a\",\r\n\"category\":\"x\",\"text\":\"t\"}\n")}, "a", ""},
		{"sf-bytes", []string{sf(ev("a"))}, "a", ""},
		{"sf-bytes without padding", []string{strings.Replace(sf(ev("a")), "=", "", 2)}, "a", ""},
		{"sf-bytes of spread JSON", []string{sf("\n " + ev("a") + "\n")}, "a", ""},
		{"three forms on a line", []string{ev("a") + "," + b64(ev("b")) + "," + sf(ev("c"))}, "a b c", ""},

		{"no event form", []string{"hello"}, "", "neither"},
		{"array", []string{"[" + ev("a") + "]"}, "", "neither"},
		{"string", []string{`"x"`}, "", "neither"},
		{"garbage after", []string{ev("a") + "x"}, "", "something other than a comma"},
		{"two without comma", []string{ev("a") + " " + ev("b")}, "", "something other than a comma"},
		{"good then bad on a line: nothing is salvaged", []string{ev("a") + ",{"}, "", "ends too early"},
		{"bad line does not hurt others", []string{ev("a"), "{", ev("b")}, "a b", "ends too early"},
		{"base64 with a foreign character", []string{b64(ev("a")) + "/x"}, "", "something other than a comma"},
		{"base64 of impossible length", []string{"eyJhb"}, "", "base64"},
		{"base64url padded thrice", []string{b64(ev("a")) + "==="}, "", "base64"},
		{"base64 of no object", []string{":" + base64.StdEncoding.EncodeToString([]byte("[1]")) + ":"}, "", "object is expected"},
		{"base64 of two objects", []string{sf(ev("a") + ev("b"))}, "", "something follows"},
		{"base64 of an image", []string{sf(jpeg)}, "", "object is expected"},
		{"base64 of nothing", []string{"::"}, "", "object is expected"},
		{"open byte sequence", []string{":eyJh"}, "", "closing colon"},
		{"byte sequence padded thrice", []string{":" + strings.Trim(sf(ev("abc")), ":=") + "===:"}, "", "base64"},
		{"tab inside", []string{"{\t" + ev("a")[1:]}, "", "control character"},
		{"tab inside a string", []string{`{"id":"a","category":"x","text":"a` + "\t" + `b"}`}, "", "control character"},
		{"NUL", []string{ev("a") + "\x00"}, "", "control character"},
		{"line break", []string{ev("a") + ",\n" + ev("b")}, "", "control character"},
		{"DEL", []string{"{\x7f}"}, "", "control character"},

		{"split at every comma", strings.Split(ev("a"), ","), "a", ""},
		{"several split at every comma", strings.Split(ev("a")+","+ev("b")+","+ev("c"), ","), "a b c", ""},
		{"split between good lines", append(append([]string{ev("x")}, strings.Split(ev("a"), ",")...), ev("y")), "x a y", ""},
		{"split inside a string", []string{`{"id":"a","category":"x","text":"one`, `two`, ``, `four"}`}, "a", ""},
		{"split with escaped quotes", strings.Split(`{"id":"a","category":"x","text":"\"b,\\\",{c\","}`, ","), "a", ""},
		{"split where a part alone is an object", strings.Split(`{"id":"a","category":"x","text":"t","details":{"l":[{"a":1},{"b":2},{"c":3}]}}`, ","), "a", ""},
		{"split after a whole event", []string{ev("a") + `,{"id":"b"`, `"category":"x"`, `"text":"t"}`}, "a b", ""},
		{"cut off before a good line", []string{`{"id":"a","category":"x","text":"t`, ev("b")}, "b", "ends too early"},
		{"split around a good line", []string{`{"id":"a","category":"x","text":"t`, ev("b"), `t"}`}, "b", "ends too early; neither"},
		{"split around a good base64 line", []string{`{"id":"a","category":"x","text":"t`, b64(ev("b")), `t"}`}, "b", "ends too early; neither"},
		{"split around a good base64 line later", []string{`{"id":"a","category":"x","text":"t`, "u", sf(ev("b")), `t"}`}, "b", "ends too early; neither; neither"},
		{"split and broken", []string{`{"id":"a"`, `category":"x"`, `"text":"t"}`}, "", "ends too early; neither; neither"},
		{"split and lacking text", []string{`{"id":"a"`, `"category":"x"}`}, "", "text is missing"},
		{"broken before split", append([]string{"nonsense"}, strings.Split(ev("a"), ",")...), "a", "neither"},
		{"split and never closed", []string{`{"id":"a"`, `"category":"x"`}, "", "ends too early; neither"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, rejected := Parse(c.lines, origin, Limits{})
			if got := ids(events); got != c.ids {
				t.Errorf("events %q, want %q", got, c.ids)
			}
			wantReasons(t, rejected, c.rejected)
		})
	}
}

func wantReasons(t *testing.T, rejected []Rejection, want string) {
	t.Helper()
	var parts []string
	if want != "" {
		parts = strings.Split(want, "; ")
	}
	ok := len(parts) == len(rejected)
	for i := 0; ok && i < len(parts); i++ {
		ok = strings.Contains(rejected[i].Reason, parts[i])
	}
	if !ok {
		t.Errorf("rejected for %q, want %q", reasons(rejected), want)
	}
}

func TestSplitTextComesBackWhole(t *testing.T) {
	line := `{"id":"a","category":"x","text":"one,two,,[{\"three\"},four\\","details":{"l":[1,2,{"k":","}]}}`
	events, rejected := Parse(strings.Split(line, ","), origin, Limits{})
	if len(events) != 1 || len(rejected) != 0 {
		t.Fatalf("%d events, rejected for %q", len(events), reasons(rejected))
	}
	if got, want := events[0].Text, `one,two,,[{"three"},four\`; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if got, want := string(events[0].Details), `{"l":[1,2,{"k":","}]}`; got != want {
		t.Errorf("details %s, want %s", got, want)
	}
}

func TestCharacterSets(t *testing.T) {
	event := func(text string) string { return `{"id":"a","category":"x","text":"` + text + `"}` }
	for _, c := range []struct {
		name string
		line string
		text string
		mark string
	}{
		{"escapes", event(`\u00fc\ud83d\ude00`), "ü😀", ""},
		{"UTF-8", event("ü😀"), "ü😀", ""},
		{"Latin-1", event("M\xfcller \x84"), "Müller \u0084", record.MarkLatin1},
		{"mixed is Latin-1 as a whole", event("ü\xfc"), "Ã¼ü", record.MarkLatin1},
		{"encoded word, base64", "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(event("ü€"))) + "?=", "ü€", record.MarkMIME},
		{"encoded word, quoted", "=?UTF-8?Q?=7B=22id=22=3A=22a=22=2C=22category=22=3A=22x=22=2C=22text=22=3A=22=E2=82=AC_x=22=7D?=", "€ x", record.MarkMIME},
		{"encoded words in a row", "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(event("€")[:20])) + "?= =?utf-8?b?" +
			base64.StdEncoding.EncodeToString([]byte(event("€")[20:])) + "?=", "€", record.MarkMIME},
		{"encoded word in Latin-1", "=?iso-8859-1?q?" + strings.ReplaceAll(event("=FC"), `"`, "=22") + "?=", "ü", record.MarkMIME},
		{"what looks like one in a text", event("=?utf-8?q?x?="), "=?utf-8?q?x?=", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, rejected := Parse([]string{c.line}, origin, Limits{})
			if len(events) != 1 {
				t.Fatalf("no event; rejected for %q", reasons(rejected))
			}
			if e := events[0]; e.Text != c.text || strings.Join(e.Marks, " ") != c.mark {
				t.Errorf("text %q marks %q, want %q %q", e.Text, e.Marks, c.text, c.mark)
			}
		})
	}
	for line, want := range map[string]string{
		"=?utf-16?b?YWJj?=":              "character set",
		"=?utf-8?b?!!!?=":                "neither",
		"=?utf-8?q?=7B=0A=7D?=":          "control character",
		"=?utf-8?q?=7B=22=FF=22?=":       "not valid UTF-8",
		sf(`{"text":"` + "\xfc" + `"}`):  "not valid UTF-8",
		b64(`{"text":"` + "\xfc" + `"}`): "not valid UTF-8",
	} {
		events, rejected := Parse([]string{line}, origin, Limits{})
		if len(events) != 0 {
			t.Errorf("%q was accepted", line)
		}
		wantReasons(t, rejected, want)
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		line           string
		offset, length int
	}{
		{ev("a") + ",{]", 44, 45},
		{ev("a") + `, {"id":"b","category":7,"text":"t"}`, 65, 34},
		{`{"category":"x","text":"t","subject":{"id":[]}}`, 43, 47},
		{`{"category":"x"`, 15, 15},
		{"  {}", 2, 2},
		{`{"category":"x","text":"t","persons":["a",{}]}`, 42, 46},
		// base64 is told to the group of four: the 7 is byte 12 of its JSON.
		{ev("a") + "," + b64(`{"category":7}`), 42 + 1 + 16, 19},
		{sf(`{"category":7}`), 1 + 16, 22},
	} {
		_, rejected := Parse([]string{c.line}, origin, Limits{})
		if len(rejected) != 1 || rejected[0].Offset != c.offset || rejected[0].Length != c.length {
			t.Errorf("%s: rejected %+v, want offset %d length %d", c.line, rejected, c.offset, c.length)
		}
	}
}

func TestLimits(t *testing.T) {
	long := `{"id":"l","category":"x","text":"t","details":{"d":"` + strings.Repeat("d", 100) + `"}}`
	for _, c := range []struct {
		name     string
		lines    []string
		limits   Limits
		ids      string
		rejected string
	}{
		{"line", []string{ev("a"), long, ev("b")}, Limits{LineBytes: 100}, "a b", "a line is longer than 100 bytes"},
		{"line to the byte", []string{long}, Limits{LineBytes: len(long)}, "l", ""},
		{"joined line", strings.Split(long, ","), Limits{LineBytes: len(long)}, "l", ""},
		{"joined line too long", strings.Split(long, ","), Limits{LineBytes: len(long) - 1}, "", "ends too early; neither; neither; neither"},
		{"total", []string{ev("a"), ev("b"), ev("c"), ev("d")}, Limits{TotalBytes: 100}, "a b", "more than 100 bytes in one response: 2 lines"},
		{"total to the byte", []string{ev("a"), ev("b")}, Limits{TotalBytes: 2 * len(ev("a"))}, "a b", ""},
		{"events", []string{ev("a") + "," + ev("b"), ev("c"), "{}", ev("d")}, Limits{Events: 2}, "a b",
			"category is missing; too many in one response: 2 over the limit of 2"},
		{"default events", strings.Split(strings.Repeat(ev("a")+";", 33), ";"), Limits{}, strings.TrimSpace(strings.Repeat("a ", 32)), "1 over the limit of 32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, rejected := Parse(c.lines, origin, c.limits)
			if got := ids(events); got != c.ids {
				t.Errorf("events %q, want %q", got, c.ids)
			}
			wantReasons(t, rejected, c.rejected)
		})
	}
	if DefaultLimits != (Limits{16384, 65536, 32}) {
		t.Errorf("default limits %+v", DefaultLimits)
	}
}

func TestLimitsTellHowMuchWasRefused(t *testing.T) {
	_, rejected := Parse([]string{ev("a"), ev("b"), ev("c")}, origin, Limits{Events: 1})
	if len(rejected) != 1 || rejected[0].Length != 2*len(ev("a")) {
		t.Errorf("over the limit of events: %+v", rejected)
	}
	_, rejected = Parse([]string{ev("a"), ev("b"), ev("c")}, origin, Limits{TotalBytes: 50})
	if len(rejected) != 1 || rejected[0].Length != 2*len(ev("a")) {
		t.Errorf("over the limit of bytes: %+v", rejected)
	}
}

// Joining costs at most so many attempts a header.
func TestJoinsAreBounded(t *testing.T) {
	split := strings.Split(ev("b"), ",")
	for cut, want := range map[int]int{maxJoins - 1: 1, maxJoins: 0} {
		var lines []string
		for range cut {
			lines = append(lines, "{", ev("a"))
		}
		events, _ := Parse(append(lines, split...), origin, Limits{Events: 100})
		if got := len(events) - cut; got != want {
			t.Errorf("after %d cut lines %d split events were read, want %d", cut, got, want)
		}
	}
}

// However many lines are wrong, the application log gets a bounded number of
// entries about it.
func TestRejectionsAreBounded(t *testing.T) {
	for _, line := range []string{"x", "{", `{"a":"`, "{}", "eyJ", strings.Repeat("{},", 100)} {
		lines := strings.Split(strings.Repeat(line+"\n", 5000), "\n")
		events, rejected := Parse(lines, origin, Limits{})
		if len(events) != 0 || len(rejected) != maxRejected+1 {
			t.Errorf("%.10q: %d events, %d rejections", line, len(events), len(rejected))
		}
		if last := rejected[len(rejected)-1].Reason; !strings.Contains(last, "more were refused") {
			t.Errorf("%.10q: the last says %q", line, last)
		}
	}
}
