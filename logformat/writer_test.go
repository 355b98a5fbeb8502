package logformat

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

var berlin = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return loc
}()

var (
	someRequests = []record.Request{
		{Time: time.Date(2026, 1, 31, 9, 31, 20, 123456000, time.UTC), Instance: "acme", IP: netip.MustParseAddr("203.0.113.7"),
			Method: "GET", Host: "booking.example.com", Path: "/desks/23", Query: "day=mon", Status: 200, Bytes: 5120, BytesIn: 3,
			Duration: 12400 * time.Microsecond, Proto: "HTTP/2.0", UserAgent: "Mozilla/5.0", Browser: "Firefox 145", OS: "Windows 11",
			Referer: "https://example.com/", User: "anna", Country: "DE", ASN: 3320, ASOrg: "Example, Inc.", RequestID: "r1"},
		{Time: time.Date(2026, 1, 31, 9, 31, 21, 0, time.UTC), Method: "POST", Path: "/login", Status: 429, Verdict: record.VerdictThrottle, Aborted: true,
			Error: &record.Failure{Source: record.SourceGate, Type: "timeout", Message: `said "no"`}},
	}
	someEvents = []record.Event{
		{Seq: 45886, ID: "e1", Time: time.Date(2023, 1, 31, 9, 31, 20, 0, time.UTC), Received: time.Date(2023, 1, 31, 9, 31, 21, 0, time.UTC),
			Category: "booking", Type: "booking.created", Subject: &record.Subject{Type: "Booking", ID: "45887"},
			Text:      `A booking has been created for "Table 23".`,
			Initiator: &record.Initiator{ID: "u_17", Name: "Flexopus Support", Email: "support@flexopus.com", Kind: "user"},
			Action:    &record.Action{Label: "View", Href: "/dashboard/bookings/45887"}, Outcome: record.OutcomeSuccess,
			Changes: []record.Change{{Field: "start", Old: json.RawMessage(`"09:00"`), New: json.RawMessage(`null`)}, {Field: "seats", New: json.RawMessage(`2`)}, {Field: "note", Old: json.RawMessage(`""`)}},
			Details: json.RawMessage(`{"floor":2}`)},
		{Seq: 45885, ID: "e2", Time: time.Date(2023, 1, 12, 9, 35, 15, 0, time.UTC), Category: "global", Type: "booking.exported",
			Key: "booking.exported", Params: map[string]string{"rows": "7", "format": "csv"}, Initiator: &record.Initiator{ID: "u_18"}},
		{Seq: 45884, ID: "e3", Time: time.Date(2023, 1, 11, 9, 35, 15, 0, time.UTC), Category: "booking", Type: "booking.created",
			Subject: &record.Subject{Type: "Booking", ID: "45880"}, Anonymized: true},
		{Seq: 45883, ID: "e4", Time: time.Date(2023, 1, 10, 9, 35, 15, 0, time.UTC), Category: "global", Text: "Nightly cleanup."},
	}
)

func written(t *testing.T, format WriterFormat, requests []record.Request, events []record.Event) string {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, format, berlin)
	var err error
	if requests != nil {
		err = w.Requests(requests...)
	} else {
		err = w.Events(events...)
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTable(t *testing.T) {
	const requests = `
Time (Europe/Berlin)  IP           Method  Path               Status  Bytes  Browser      Country  Verdict
2026-01-31 10:31:20   203.0.113.7  GET     /desks/23?day=mon     200   5120  Firefox 145  DE       pass
2026-01-31 10:31:21   -            POST    /login                429      0  -            -        throttle
`
	if got := "\n" + written(t, Table, someRequests, nil); got != requests {
		t.Errorf("got%s\nwant%s", got, requests)
	}
	const events = `
Date (Europe/Berlin)  Subject          Description                                 Initiator                              Action  Category
2023-01-31 10:31:20   Booking - 45887  A booking has been created for "Table 23".  Flexopus Support support@flexopus.com  View    booking
2023-01-12 10:35:15   -                Booking exported: format csv, rows 7        u_18                                   -       global
2023-01-11 10:35:15   Booking - 45880  Booking created                             Anonymous                              -       booking
2023-01-10 10:35:15   -                Nightly cleanup.                            System                                 -       global
`
	if got := "\n" + written(t, Table, nil, someEvents); got != events {
		t.Errorf("got%s\nwant%s", got, events)
	}
}

func TestCSV(t *testing.T) {
	const requests = `time,instance,ip,method,host,path,query,status,bytes,bytes_in,duration_ms,proto,user_agent,browser,os,referer,user,country,asn,as_org,request_id,verdict,aborted,error_source,error_type,error_message,error_where,error_integration
2026-01-31T10:31:20.123456+01:00,acme,203.0.113.7,GET,booking.example.com,/desks/23,day=mon,200,5120,3,12.4,HTTP/2.0,Mozilla/5.0,Firefox 145,Windows 11,https://example.com/,anna,DE,3320,"Example, Inc.",r1,pass,false,,,,,
2026-01-31T10:31:21+01:00,,,POST,,/login,,429,0,0,0,,,,,,,,,,,throttle,true,gate,timeout,"said ""no""",,
`
	if got := written(t, CSV, someRequests, nil); got != requests {
		t.Errorf("got\n%s\nwant\n%s", got, requests)
	}
	const events = `seq,id,time,received,category,type,subject_type,subject_id,subject_label,text,initiator_id,initiator_name,initiator_email,initiator_kind,action_label,action_href,outcome,changes,details,until,anonymized
45886,e1,2023-01-31T10:31:20+01:00,2023-01-31T10:31:21+01:00,booking,booking.created,Booking,45887,,"A booking has been created for ""Table 23"".",u_17,Flexopus Support,support@flexopus.com,user,View,/dashboard/bookings/45887,success,"start: 09:00 → null; seats: - → 2; note: """" → -","{""floor"":2}",,false
45885,e2,2023-01-12T10:35:15+01:00,,global,booking.exported,,,,"Booking exported: format csv, rows 7",u_18,,,,,,,,,,false
45884,e3,2023-01-11T10:35:15+01:00,,booking,booking.created,Booking,45880,,Booking created,,,,,,,,,,,true
45883,e4,2023-01-10T10:35:15+01:00,,global,,,,,Nightly cleanup.,,,,,,,,,,,false
`
	if got := written(t, CSV, nil, someEvents); got != events {
		t.Errorf("got\n%s\nwant\n%s", got, events)
	}
}

func TestNDJSON(t *testing.T) {
	lines := strings.Split(written(t, NDJSONLines, someRequests, nil), "\n")
	if want := `{"time":"2026-01-31T10:31:21+01:00","method":"POST",`; len(lines) != 3 || !strings.HasPrefix(lines[1], want) {
		t.Errorf("got %q", lines)
	}
	lines = strings.Split(written(t, NDJSONLines, nil, someEvents), "\n")
	if !strings.Contains(lines[1], `"received":"0001-01-01T00:00:00Z"`) {
		t.Errorf("a time that is none was moved: %s", lines[1])
	}
	if want := `{"seq":45886,"id":"e1","time":"2023-01-31T10:31:20+01:00","received":"2023-01-31T10:31:21+01:00",`; len(lines) != 5 || !strings.HasPrefix(lines[0], want) {
		t.Errorf("got %q", lines)
	}
}

func TestEmptyListsHaveAHead(t *testing.T) {
	if got, want := written(t, Table, []record.Request{}, nil), "Time (Europe/Berlin)  IP  Method  Path  Status  Bytes  Browser  Country  Verdict\n"; got != want {
		t.Errorf("got %q", got)
	}
	if got := written(t, CSV, nil, []record.Event{}); !strings.HasPrefix(got, "seq,id,") || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q", got)
	}
	if got := written(t, NDJSONLines, nil, []record.Event{}); got != "" {
		t.Errorf("got %q", got)
	}
}

// A table shows nothing until it knows its columns, and then every row at once.
func TestTableStreams(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, Table, nil)
	for i := range waitingRows {
		if out.Len() > 0 {
			t.Fatalf("rows after %d", i)
		}
		if err := w.Requests(record.Request{Path: "/"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != waitingRows+1 {
		t.Fatalf("%d lines after %d rows", n, waitingRows)
	}
	out.Reset()
	_ = w.Requests(record.Request{Path: "/longer than any before"})
	if !strings.Contains(out.String(), "/longer than any before") {
		t.Errorf("got %q", out.String())
	}
}

func TestFlushEndsTheWait(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, Table, nil)
	_ = w.Requests(record.Request{Path: "/first"})
	if err := w.Flush(); err != nil || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("%v, %q", err, out.String())
	}
	_ = w.Requests(record.Request{Path: "/second"})
	if !strings.HasSuffix(out.String(), "-           -   -       /second       0      0  -        -        pass\n") {
		t.Errorf("got %q", out.String())
	}
	if err := w.Flush(); err != nil || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("%v, %q", err, out.String())
	}
}

func TestOneHeadForManyCalls(t *testing.T) {
	for _, format := range []WriterFormat{Table, CSV} {
		var out bytes.Buffer
		w := NewWriter(&out, format, nil)
		for range 3 {
			if err := w.Requests(record.Request{Path: "/"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil || strings.Count(out.String(), "\n") != 4 {
			t.Errorf("%s: %v, %q", format, err, out.String())
		}
	}
}

func TestListsAreOfOneKind(t *testing.T) {
	w := NewWriter(&bytes.Buffer{}, CSV, nil)
	_ = w.Requests()
	if err := w.Events(); err == nil || err.Error() != "a list of requests cannot hold events" {
		t.Errorf("got %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrorsAreTold(t *testing.T) {
	for _, format := range []WriterFormat{Table, NDJSONLines, CSV} {
		w := NewWriter(fullDisk{}, format, nil)
		err := errors.Join(w.Requests(someRequests...), w.Flush())
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: %v", format, err)
		}
	}
	w := NewWriter(&bytes.Buffer{}, NDJSONLines, nil)
	if err := w.Events(record.Event{Details: json.RawMessage("{")}); err == nil {
		t.Error("a broken event was written")
	}
}

func TestWriterFormatNames(t *testing.T) {
	for _, name := range []string{"table", "ndjson", "csv"} {
		if f, err := ParseWriterFormat(name); string(f) != name || err != nil {
			t.Errorf("%s: %q, %v", name, f, err)
		}
	}
	if _, err := ParseWriterFormat("xml"); err == nil || err.Error() != `"xml" must be table, ndjson or csv` {
		t.Errorf("got %v", err)
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct{ utc, want string }{
		{"2026-01-31T10:31:20Z", "2026-01-31 11:31:20"},
		{"2026-10-24T23:59:59Z", "2026-10-25 01:59:59"},
		{"2026-10-25T00:00:00Z", "2026-10-25 02:00:00 +02:00"},
		{"2026-10-25T00:59:59Z", "2026-10-25 02:59:59 +02:00"},
		{"2026-10-25T01:00:00Z", "2026-10-25 02:00:00 +01:00"},
		{"2026-10-25T01:59:59Z", "2026-10-25 02:59:59 +01:00"},
		{"2026-10-25T02:00:00Z", "2026-10-25 03:00:00"},
		{"2026-03-29T01:00:00Z", "2026-03-29 03:00:00"},
		{"0001-01-01T00:00:00Z", ""},
	} {
		utc, err := time.Parse(time.RFC3339, c.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := clock(utc, berlin); got != c.want {
			t.Errorf("%s: %s, want %s", c.utc, got, c.want)
		}
	}
}

const nasty = "=\x1b]0;owned\x07\u009b2J\u202ecod\u2066\ufeff\u2028\x7f\r\n\t\xff\U000e0041é"

func TestNothingRunsInATerminal(t *testing.T) {
	r := record.Request{Method: nasty, Path: nasty, Query: nasty, Browser: nasty, Country: nasty, Verdict: nasty, Host: nasty}
	e := record.Event{Category: nasty, Type: nasty, Text: nasty, Subject: &record.Subject{Type: nasty, ID: nasty},
		Initiator: &record.Initiator{Name: nasty, Email: nasty}, Action: &record.Action{Label: nasty}, Details: json.RawMessage(`{"a":"` + "\u202e\u009b\xff" + `"}`)}
	for _, format := range []WriterFormat{Table, NDJSONLines, CSV} {
		for _, out := range []string{written(t, format, []record.Request{r}, nil), written(t, format, nil, []record.Event{e})} {
			checkLines(t, out)
		}
	}
	out := written(t, Table, []record.Request{{Path: nasty}}, nil)
	if want := "=[U+001B]]0;owned[U+0007][U+009B]2J[U+202E]cod[U+2066][U+FE…"; !strings.Contains(out, want) {
		t.Errorf("got %s", out)
	}
}

// checkLines fails if text holds anything that a terminal obeys, or that hides,
// except line breaks.
func checkLines(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		checkSafe(t, strings.TrimSuffix(line, "\n"))
	}
}

func checkSafe(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("no UTF-8: %q", text)
	}
	for _, r := range text {
		bidi := r == '\u061c' || r == '\u200e' || r == '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
		if r < 0x20 || r >= 0x7f && r < 0xa0 || bidi || r == '\u2028' || r == '\u2029' {
			t.Fatalf("%U in %q", r, text)
		}
	}
}

// The same in JSON says the same: nothing is lost by escaping.
func TestEscapedJSONSaysTheSame(t *testing.T) {
	out := written(t, NDJSONLines, []record.Request{{Time: time.Unix(1, 0), Path: strings.ToValidUTF8(nasty, ""), Status: 200}}, nil)
	r, err := Parse(NDJSON, []byte(out))
	if err != nil || r.Path != strings.ToValidUTF8(nasty, "") {
		t.Errorf("%q, %v", r.Path, err)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöü", 3, "äöü"}, {"äöüß", 3, "äö…"}, {"long", 0, "long"}, {"ab", 1, "…"},
	} {
		if got := shorten(c.in, c.n); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

// Whatever is in a record: nothing in a table steers the terminal, the columns
// stay, and no cell of a CSV starts a formula.
func FuzzWriters(f *testing.F) {
	f.Add("/", "Mozilla/5.0", "anna")
	f.Add(nasty, "=cmd|' /C calc'!A0", "\u2003＝1")
	f.Add("\"\r\n=1,", "ab\u0301\u200d", "\u202e")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		r := record.Request{Instance: c, Method: b, Host: a, Path: a, Query: c, Proto: b, UserAgent: a, Browser: b, OS: c, Referer: a,
			User: b, Country: c, ASOrg: a, RequestID: b, Verdict: record.Verdict(c), Error: &record.Failure{Source: a, Type: b, Message: c}}
		details, err := json.Marshal(map[string]string{a: b})
		if err != nil {
			t.Fatal(err)
		}
		e := record.Event{ID: a, Category: b, Type: c, Subject: &record.Subject{Type: a, ID: b, Label: c}, Text: a, Key: b,
			Params: map[string]string{b: c}, Initiator: &record.Initiator{Name: c, Email: a, Kind: b}, Action: &record.Action{Label: b, Href: c},
			Outcome: a, Changes: []record.Change{{Field: b, Old: details, New: details}}, Details: details}
		for _, format := range []WriterFormat{Table, NDJSONLines, CSV} {
			for _, out := range []string{written(t, format, []record.Request{r}, nil), written(t, format, nil, []record.Event{e})} {
				checkLines(t, out)
				if n := strings.Count(out, "\n"); format == NDJSONLines && n != 1 || format != NDJSONLines && n != 2 {
					t.Fatalf("%s: %d lines: %q", format, n, out)
				}
				if format == CSV {
					checkCSV(t, out)
				}
			}
		}
	})
}

func checkCSV(t *testing.T, out string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	for _, cell := range slices.Concat(rows...) {
		first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, unicode.IsSpace))
		if cell != "" && strings.ContainsRune("=+-@＝＋－＠\t\r", first) {
			t.Fatalf("cell %q", cell)
		}
	}
}

func ExampleAppendCombined() {
	r := someRequests[0]
	fmt.Printf("%s\n", AppendCombined(nil, &r))
	// Output: 203.0.113.7 - anna [31/Jan/2026:09:31:20 +0000] "GET /desks/23?day=mon HTTP/2.0" 200 5120 "https://example.com/" "Mozilla/5.0"
}
