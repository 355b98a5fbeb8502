package traffic

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// folder has the cases that the detection is measured with.
const folder = "../../plugin/abuse/testdata/traffic"

func TestCases(t *testing.T) {
	files := os.DirFS(folder)
	seen := make(map[string]string)
	for _, part := range []struct {
		name              string
		ordinary, attacks int
	}{{"open", 50, 30}, {"held", 50, 30}} {
		cases, err := ReadDir(files, part.name)
		if err != nil {
			t.Fatal(err)
		}
		count := make(map[Kind]int)
		for _, c := range cases {
			count[c.Kind]++
			if other, twice := seen[c.Name]; twice {
				t.Errorf("%s is in %s and in %s", c.Name, other, part.name)
			}
			seen[c.Name] = part.name
			checkOrder(t, c)
		}
		if count[Ordinary] < part.ordinary || count[Attack] < part.attacks {
			t.Errorf("%s: %d ordinary cases and %d attacks, want at least %d and %d",
				part.name, count[Ordinary], count[Attack], part.ordinary, part.attacks)
		}
	}
}

func checkOrder(t *testing.T, c *Case) {
	t.Helper()
	alone, known := c.Alone(), c.Known()
	for i := 1; i < len(known); i++ {
		if known[i].Time.Before(known[i-1].Time) {
			t.Errorf("%s: request %d is earlier than the one before", c.Name, i+1)
		}
	}
	day := len(known) - len(alone)
	for i, r := range known {
		if (r.Role == RoleDay) != (i < day) {
			t.Errorf("%s: request %d of %d has role %d, with %d of the day before", c.Name, i+1, len(known), r.Role, day)
		}
	}
	if day == 0 || alone[0].Time.Before(Start) {
		t.Errorf("%s: %d requests on the day before, the case begins at %s", c.Name, day, alone[0].Time)
	}
}

// head is a header that each test case below continues.
const head = "kind: ordinary\nabout: a test\nhost: app.example.com\n"

const day = "before:\n+0s GET / 200 as=person1\n"

func read(text string) (*Case, error) {
	files := fstest.MapFS{
		"open/x.case":    {Data: []byte(text)},
		"days/home.case": {Data: []byte("before:\n+1h x2 GET /home/{i} 200 as=person{i}\n")},
	}
	return Read(files, "open/x.case")
}

// targets lists what was asked for, with the seconds since the start.
func targets(requests []Request) []string {
	var out []string
	for _, r := range requests {
		out = append(out, r.Time.Sub(Start).String()+" "+r.Target())
	}
	return out
}

func TestStatements(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"repetition", "+2s x3 GET /p/{i}?n={n} 200 as=person1", []string{"2s /p/1?n=1", "4s /p/2?n=2", "6s /p/3?n=3"}},
		{"loops", "loop 2\n+1s GET /{i} 200 as=person1\n+1s x2 GET /{j}/{i}/{outer} 200 as=person1\nend",
			[]string{"1s /1", "2s /1/1/1", "3s /1/2/1", "4s /2", "5s /2/1/2", "6s /2/2/2"}},
		{"wait", "wait 1m\n+1s GET /a 200 as=person1", []string{"1m1s /a"}},
		{"interleaved", "at 4s\n+0s GET /b 200 as=person1\nat 0s\n+3s x2 GET /a 200 as=person1", []string{"3s /a", "4s /b", "6s /a"}},
		{"arithmetic", "+0s x2 GET /{i+9}/{i-1%2}/{i*3,03}/{i+14,x} 200 as=person1", []string{"0s /10/0/003/f", "0s /11/1/006/10"}},
		{"alternatives", "+0s x3 GET /{a|b} 200 as=person1", []string{"0s /a", "0s /b", "0s /a"}},
		{"list", "loop 2\n+0s x2 GET /{word}/{word:j} 200 as=person1\nend", []string{"0s /red/red", "0s /{blue}/red", "0s /red/{blue}", "0s /{blue}/{blue}"}},
		{"braces", "+0s x1 GET /?q={{\"a\":{i}}} 200 as=person1", []string{`0s /?q={"a":1}`}},
		{"comment", "# +0s GET /a 200\n\n  # indented\n+0s GET /b 200 as=person1", []string{"0s /b"}},
	} {
		got, err := read(head + "list word: red\n  {blue}\n" + day + "case:\n" + c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if have := targets(got.Alone()); !reflect.DeepEqual(have, c.want) {
			t.Errorf("%s: requests %q, want %q", c.name, have, c.want)
		}
	}
}

func TestFields(t *testing.T) {
	c, err := read(`kind: attack
by: 1
ban: yes
about: a test
 in two lines
source: nowhere
host: app.example.com
day: home
ua own: Own/{i} (x)
case:
with as=person2 ref=/start user=ada
+1s GET /a?b=c 404
+1s x2 {PUT|POST} /login {401|303} 77 ip=2001:db8::{i} ua=own ref=https://other.example/ in=9 ms=30 proto=HTTP/1.1 host=b.example failed
with
+1s HEAD /h 200 as=person3 ordinary
+1s GET /i.png 200 as=person3 either
`)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "x" || c.Kind != Attack || c.By != 1 || !c.Ban || c.About != "a test in two lines" || c.Source != "nowhere" {
		t.Errorf("header is %+v", c)
	}
	got := c.Alone()
	first, last := got[0], got[2]
	if first.Address() != "198.19.2.7" || first.UserAgent != agents["chrome"] || first.Referer != "https://app.example.com/start" ||
		first.User != "ada" || first.Path != "/a" || first.Query != "b=c" || first.Status != 404 || first.AuthFailed || first.Role != RoleSubject {
		t.Errorf("first request is %+v", first.Request)
	}
	if last.Method != "POST" || last.Status != 303 || last.Bytes != 77 || last.BytesIn != 9 || last.Address() != "2001:db8::2" || last.UserAgent != "Own/2 (x)" ||
		last.Referer != "https://other.example/" || last.Proto != "HTTP/1.1" || last.Host != "b.example" || last.Duration != 30*time.Millisecond || !last.AuthFailed {
		t.Errorf("last request is %+v", last.Request)
	}
	if r := got[3]; r.Role != RoleBystander || r.Bytes != 0 || r.User != "" {
		t.Errorf("bystander has role %d, %+v", r.Role, r.Request)
	}
	if got[4].Role != RoleEither {
		t.Errorf("a request marked either has role %d", got[4].Role)
	}
	known := c.Known()
	if len(known) != len(got)+2 || known[0].Role != RoleDay || known[1].Path != "/home/2" || known[1].Host != "app.example.com" ||
		!known[0].Time.Equal(Start.Add(-DayLength+time.Hour)) {
		t.Errorf("the day before is %q", targets(known[:2]))
	}
	known[0].Status = 1
	if c.Known()[0].Status == 1 {
		t.Error("a caller's change reached the case")
	}
}

func TestLooksRandomAndRepeats(t *testing.T) {
	text := head + day + "case:\n+1s..9s x40 GET /{hex12}/{hex12}/{hex5:7} 200 as=person1\n"
	one, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	two, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(targets(one.Alone()), targets(two.Alone())) {
		t.Error("the same file gives other requests")
	}
	parts, gaps := make(map[string]bool), make(map[time.Duration]bool)
	last := Start
	for _, r := range one.Alone() {
		p := strings.Split(r.Path, "/")
		parts[p[1]], parts[p[2]], parts[p[3]] = true, true, true
		gap := r.Time.Sub(last)
		if gap < time.Second || gap > 9*time.Second {
			t.Errorf("gap %s is out of range", gap)
		}
		gaps[gap], last = true, r.Time
	}
	if len(parts) != 81 || len(gaps) < 30 {
		t.Errorf("%d different parts and %d gaps, want 81 and at least 30", len(parts), len(gaps))
	}
}

func TestErrors(t *testing.T) {
	section := func(lines string) string { return head + "list empty:\n" + day + "case:\n" + lines }
	for _, c := range []struct{ text, want string }{
		{"kind: other\nabout: a\nhost: b\nday: home\ncase:\n", `kind "other" must be ordinary or attack`},
		{"kind: attack\nabout: a\nhost: b\nday: home\ncase:\n", `by "" must be the number of a request`},
		{"kind: attack\nby: 2\nban: no\nabout: a\nhost: b\nday: home\ncase:\n", `ban "no" must be yes`},
		{"kind: attack\nby: 2\nabout: a\nhost: b\nday: home\ncase:\n+0s GET / 200 as=person1", "by is 2, but the attack has 1 requests"},
		{"by: 2\n" + head + day, "neither by nor ban"},
		{"kind: ordinary\nhost: b\nday: home\n", "header about is missing"},
		{head + "case:\n", "there is no day before"},
		{head + "day: none\ncase:\n", "days/none.case"},
		{head + "color: red\n", `line 4: unknown header "color"`},
		{head + "host: again\n", "line 4: header host stands twice"},
		{head + "ua chrome: x\n", "line 4: header ua chrome stands twice"},
		{head + "ua Big: x\n", `line 4: name "Big" must have small letters`},
		{head + "nonsense\n", "line 4: \"nonsense\" is no header"},
		{"  about: a\n", "line 1: an indented line continues no header"},
		{section("+0s GET / 200 as=person1\ncase:\n"), "line 9: case: stands twice"},
		{section("loop 2\n+0s GET / 200 as=person1"), "line 8: the loop has no end"},
		{section("loop\n"), "line 8: loop needs a number"},
		{section("loop 0\nend"), "repetitions from 1"},
		{section("end"), "line 8: end without a loop"},
		{section("GET / 200"), `line 8: "GET" is no statement`},
		{section("+1 GET / 200"), "line 8: reading a duration"},
		{section("+3s..1s GET / 200"), "must not be negative or run backwards"},
		{section("wait"), "line 8: wait needs one duration"},
		{section("+1s GET /"), "line 8: a request needs a method, a target and a status"},
		{section("+1s GET a 200"), `target "a" must begin with /`},
		{section("+1s GET /a 200 color=red"), `line 8: unknown option "color=red"`},
		{section("+1s GET /a 200 failed failed"), "line 8: option failed stands twice"},
		{section("+1s GET /a 200"), "line 8: a request needs ip= and ua=, or as="},
		{section("+1s GET /a 200 as=person9"), "line 8: as=person9: there are person1 to person8"},
		{section("+1s GET /a 200 ip=x ua=chrome"), "line 8: reading ip="},
		{section("+1s GET /a 200 ip=192.0.2.1 ua=x"), `unknown user agent "x"`},
		{section("+1s GET /a two as=person1"), `status "two" must be a number`},
		{section("+1s GET /a 200 as=person1 in=x"), "line 8: reading in="},
		{section("+1s GET /{i} 200 as=person1"), "counter i needs 1 loops around it"},
		{section("+1s x2 GET /{word} 200 as=person1"), `"word" is neither a list, a counter nor a number`},
		{section("+1s x2 GET /{empty} 200 as=person1"), "list empty has no items"},
		{section("+1s x2 GET /{i/0} 200 as=person1"), "divides by zero"},
		{section("+1s x2 GET /{i,y} 200 as=person1"), `format "y" must be x or a width`},
		{section("+1s x2 GET /{hex} 200 as=person1"), "hex needs 1 to 64 digits"},
		{section("+1s x2 GET /{i 200 as=person1"), "unpaired brace"},
		{section("+1s x2 GET /i} 200 as=person1"), "unpaired brace"},
		{section("loop 9000\n+0s x9 GET / 200 as=person1\nend"), "more than 50000 requests"},
		{section("loop 9000\nloop 9000\nend\nend"), "more than 200000 rounds"},
		{section("+0s GET / 200 as=person1 ordinary"), "leave the option out"},
		{section(""), "the case has no requests"},
		{head + "before:\n+24h GET / 200 as=person1\ncase:\n", "longer than 23h0m0s"},
		{head + "before:\ncase:\n+0s GET / 200 as=person1\n", "the day before has no requests"},
	} {
		_, err := read(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), "open/x.case") {
			t.Errorf("%q: error %q does not name the file", c.text, err)
		}
	}
}

func TestWriteNDJSON(t *testing.T) {
	c, err := read(head + day + "case:\n+0s GET /a 200 as=person1\n+0s POST /login 401 as=person1 user=ada failed\n")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteNDJSON(&out, c.Alone()); err != nil {
		t.Fatal(err)
	}
	var failed []bool
	for dec := json.NewDecoder(&out); dec.More(); {
		var line struct {
			Path       string `json:"path"`
			AuthFailed bool   `json:"auth_failed"`
		}
		if err := dec.Decode(&line); err != nil {
			t.Fatal(err)
		}
		failed = append(failed, line.AuthFailed)
	}
	if !reflect.DeepEqual(failed, []bool{false, true}) {
		t.Errorf("auth_failed is %v", failed)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(head + "day: home\nlist a: b c\ncase:\nloop 2\nwith as=person1\n+1s..2s x2 GET /{a}{i%3,02}{hex4} 200 failed\nend\n")
	f.Add("kind: attack\nby: 1\nabout: a\nhost: b\n" + day + "case:\nat 1h\n+0s GET /{{}} 404 ip=::1 ua=curl ref=/ ordinary\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := read(text)
		if err != nil {
			return
		}
		checkOrder(t, c)
	})
}
