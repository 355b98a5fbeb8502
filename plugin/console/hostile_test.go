package console_test

import (
	"encoding/csv"
	"encoding/json"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// fill sets every text in v, however deep, to s.
func fill(v reflect.Value, s string) {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(consoletest.Now))
	case v.Type() == reflect.TypeFor[netip.Addr]():
		v.Set(reflect.ValueOf(netip.MustParseAddr("fe80::1").WithZone(s)))
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte(`{` + string(quoted) + `:` + string(quoted) + `}`))
	case v.Kind() == reflect.String:
		v.SetString(s)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), s)
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), s)
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(s), reflect.ValueOf(s))
	}
}

// written is a console whose one event and one request say s in every field.
func written(t testing.TB, s string) *console.Console {
	source := &consoletest.Source{Zone: consoletest.Berlin(t), EventList: make([]record.Event, 1), RequestList: make([]record.Request, 1), FlagList: make([]record.Flag, 1), Logins: make([]record.Event, 1)}
	fill(reflect.ValueOf(&source.EventList[0]).Elem(), s)
	fill(reflect.ValueOf(&source.RequestList[0]).Elem(), s)
	fill(reflect.ValueOf(&source.FlagList[0]).Elem(), s)
	fill(reflect.ValueOf(&source.Logins[0]).Elem(), s)
	fill(reflect.ValueOf(&source.State).Elem(), s)
	source.Knowledge = []record.LearnedItem{{Kind: record.LearnedOwn, Text: s, Holds: true, Flags: []string{s}}}
	source.FlagList[0].ID, source.Logins[0].Category = "f1", "login"
	source.EventList[0].Seq = 1
	source.Policy.Timezone = s
	source.RequestList[0].Status = 500 // one of the errors, too
	source.State.ApplicationLog.State, source.State.ServerLog.State = record.StateDown, record.StateDown
	return consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
}

// pages are where what was recorded, and what was asked, is shown.
func pages(s string) []string {
	q := url.QueryEscape(s)
	return []string{
		"/", "/events/1", "/requests", "/?q=" + url.QueryEscape(query.FormatTerm("", s, false)), "/?q=" + url.QueryEscape(query.FormatTerm("initiator", s, true)), "/?q=x%3A" + q, "/?initiator=" + q + "&subject=" + q, "/?category=" + q, "/?type=" + q, "/?from=" + q,
		"/?cursor=" + q, "/?" + q + "=1", "/requests?path=" + q + "&user=" + q, "/requests?ip=" + q, "/errors", "/overview", "/overview?q=" + url.QueryEscape(query.FormatTerm("path", s, false)), "/flags", "/flags?rule=" + q, "/flags?ip=" + q, "/flags?done=" + q, "/flags?done=ban&n=1&undo=" + q, "/flags/f1", "/flags/" + url.PathEscape(s),
		"/addresses/" + url.PathEscape(s), "/addresses/fe80::1", "/incidents", "/incidents?id=" + q, "/learned", "/learned?q=" + q, "/learned?kind=" + q, "/learned?done=" + q, "/errors?integration=" + q, "/errors?from=" + q, "/settings?done=" + q, "/settings?" + q + "=1", "/events/" + url.PathEscape(s),
	}
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	values = regexp.MustCompile(`="[^"]*"`)
)

// shape is a page's tags with the names of their attributes.
func shape(body string) string {
	return values.ReplaceAllString(strings.Join(tags.FindAllString(body, -1), "\n"), "")
}

var attacks = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`javascript:alert(1)`,
	`</title></style></textarea><svg onload=alert(1)>`,
	`<!--`, `]]>`, `{{.Base}}`, "`${alert(1)}`", `\u003cscript\u003e`,
	`data:text/html,<script>alert(1)</script>`, `//evil.example/`, `/\evil.example`, "/\t/evil.example", `https:evil.example`,
}

// TestMarkupIsText writes attacks into every field: a page keeps the tags and
// attributes that it has when the same fields say something harmless.
func TestMarkupIsText(t *testing.T) {
	harmless := written(t, "x")
	for _, attack := range attacks {
		c := written(t, attack)
		calm := pages("x")
		for i, path := range pages(attack) {
			want, got := consoletest.Get(harmless, calm[i]), consoletest.Get(c, path)
			if strings.Contains(got.Body.String(), "<script>") || strings.Contains(got.Body.String(), "<img") {
				t.Errorf("%s: markup came through: %s", path, attack)
			}
			if got.Code != want.Code { // a value that is a mistake as well: another page
				continue
			}
			if g, w := shape(got.Body.String()), shape(want.Body.String()); g != w {
				t.Errorf("%s: %q changed the page from\n%s\nto\n%s", path, attack, w, g)
			}
		}
	}
}

// TestLinksStaySafe: whatever an action says, no link runs a script or leaves
// for another site in disguise.
func TestLinksStaySafe(t *testing.T) {
	hrefs := regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
	for _, attack := range append(attacks, "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "vbscript:x", "blob:x", "http://", "\u200bjavascript:x", "/\u202e/gro.elpmaxe", "/a b") {
		c := written(t, attack)
		for _, path := range []string{"/", "/events/1", "/errors", "/requests", "/overview", "/flags", "/flags?done=ban&n=1&undo=" + url.QueryEscape(attack), "/flags/f1", "/incidents?id=" + url.QueryEscape(attack), "/learned", "/learned?q=" + url.QueryEscape(attack)} {
			for _, m := range hrefs.FindAllStringSubmatch(consoletest.Get(c, path).Body.String(), -1) {
				if !strings.HasPrefix(m[1], "/logs/") && m[1] != "#main" {
					t.Errorf("%s: %q became the link %q", path, attack, m[1])
				}
			}
		}
	}
	for _, good := range []string{"/dashboard/bookings/45887", "/a?b=c#d", "https://booking.example.com/x", "http://localhost:9000/"} {
		if !strings.Contains(consoletest.Get(written(t, good), "/").Body.String(), `class="act" href="`+good) {
			t.Errorf("%q is no link", good)
		}
	}
}

// TestControlsAreVisible: nothing that a terminal obeys, and nothing that
// reorders a line, leaves the console as it came.
func TestControlsAreVisible(t *testing.T) {
	control := regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
	c := written(t, "a\x00\x1b[31m\x7f\u009b\u0085\u061c\u200b\u200e\u2028\u202eb\u2066\ufeff\xff\r\nc")
	for _, path := range []string{
		"/", "/events/1", "/requests", "/errors", "/settings", "/learned", "/api/v1/learned", "/api/v1/settings", "/api/v1/events", "/api/v1/events/1", "/api/v1/requests", "/api/v1/health",
		"/api/v1/events.csv", "/api/v1/events.ndjson", "/api/v1/requests.csv", "/api/v1/requests.ndjson", "/api/v1/errors", "/api/v1/requests/summary",
		"/?from=%1b%e2%80%ae", "/api/v1/events?from=%1b%c2%9b%e2%80%ae",
	} {
		body := consoletest.Get(c, path).Body.String()
		// A form field gives back what its user typed; it is in no log.
		body = regexp.MustCompile(` value="[^"]*"`).ReplaceAllString(body, "")
		if at := control.FindStringIndex(body); at != nil {
			t.Errorf("%s: %+q came through: …%+q", path, body[at[0]:at[1]], body[max(0, at[0]-40):at[1]])
		}
		if strings.HasSuffix(path, ".csv") && strings.Count(body, "\n") != 2 {
			t.Errorf("%s: a record takes more than a line: %q", path, body)
		}
	}
}

var formula = regexp.MustCompile(`^[\s\p{Zs}]*[=+@＝＋－＠\t\r\n-]`)

// TestCellsAreText: no cell of an export starts a formula.
func TestCellsAreText(t *testing.T) {
	for _, cell := range []string{
		`=HYPERLINK("http://evil.example","x")`, "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u2003=1", "＝1", "＋1", "－1", "＠x", "-",
	} {
		c := written(t, cell)
		for _, path := range []string{"/api/v1/events.csv", "/api/v1/requests.csv"} {
			rows, err := csv.NewReader(consoletest.Get(c, path).Body).ReadAll()
			if err != nil {
				t.Fatalf("%q: %v", cell, err)
			}
			quoted := 0
			for i, got := range rows[1] {
				if formula.MatchString(got) {
					t.Errorf("%s: %q became the cell %s %q", path, cell, rows[0][i], got)
				}
				if strings.HasPrefix(got, "'") {
					quoted++
				}
			}
			if quoted < 10 {
				t.Errorf("%s: %q was neutralized in %d cells only", path, cell, quoted)
			}
		}
	}
	rows, err := csv.NewReader(consoletest.Get(written(t, "a=b, \"c\""), "/api/v1/events.csv").Body).ReadAll()
	if err != nil || rows[1][9] != `a=b, "c"` {
		t.Errorf("a harmless cell became %q (%v)", rows[1], err)
	}
}
