package logformat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

const caddyAccess = `{"level":"info","ts":1646861401.5241024,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"booking.example.com","uri":"/desks?day=mon","headers":{"User-Agent":["curl/7.82.0"],"Referer":["https://example.com/"],"Authorization":["REDACTED"]},"tls":{"resumed":false}},"bytes_read":7,"user_id":"anna","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}}`

func TestParseCaddy(t *testing.T) {
	want := Entry{Request: record.Request{
		Duration: 930 * time.Microsecond,
		IP:       netip.MustParseAddr("203.0.113.7"), Method: "GET", Host: "booking.example.com", Path: "/desks", Query: "day=mon",
		Status: 200, Bytes: 10900, BytesIn: 7, Proto: "HTTP/2.0", UserAgent: "curl/7.82.0", Referer: "https://example.com/", User: "anna",
	}}
	at := time.UnixMicro(1646861401524102)
	for _, c := range []struct {
		name, from, to string
		change         func(*Entry)
		at             time.Time
	}{
		{name: "as it is"},
		{name: "RFC 3339", from: `1646861401.5241024`, to: `"2022-03-09T22:30:01.524102+01:00"`},
		{name: "iso8601", from: `1646861401.5241024`, to: `"2022-03-09T22:30:01.524+0100"`, at: time.UnixMicro(1646861401524000)},
		{name: "milliseconds", from: `1646861401.5241024`, to: `1646861401524.102`},
		{name: "nanoseconds", from: `1646861401.5241024`, to: `1646861401524102400`},
		{name: "duration as text", from: `0.000929675`, to: `"930µs"`},
		{name: "duration missing", from: `"duration":0.000929675,`, change: func(e *Entry) { e.Duration = 0 }},
		{name: "no client_ip", from: `"client_ip":"203.0.113.7",`, change: func(e *Entry) { e.IP = netip.MustParseAddr("127.0.0.1") }},
		{name: "unix socket", from: `"client_ip":"203.0.113.7"`, to: `"client_ip":"@"`, change: func(e *Entry) { e.IP = netip.Addr{} }},
		{name: "no headers", from: `"User-Agent":["curl/7.82.0"],"Referer":["https://example.com/"],`,
			change: func(e *Entry) { e.UserAgent, e.Referer = "", "" }},
		{name: "nothing written", from: `"status":200`, to: `"status":0`, change: func(e *Entry) { e.Status, e.Aborted = 0, true }},
		{name: "Caddy 2.4", from: `"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"203.0.113.7"`, to: `"remote_addr":"203.0.113.7:41342"`},
		{name: "Caddy 2.4, IPv6", from: `"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"203.0.113.7"`, to: `"remote_addr":"[2001:db8::1]:41342"`,
			change: func(e *Entry) { e.IP = netip.MustParseAddr("2001:db8::1") }},
		{name: "Caddy 2.4, unix socket", from: `"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"203.0.113.7"`, to: `"remote_addr":"@"`,
			change: func(e *Entry) { e.IP = netip.Addr{} }},
		{name: "a header replaced by a text", from: `"Authorization":["REDACTED"]`, to: `"Authorization":"REDACTED"`},
		{name: "a failed login with a header replaced", from: `"Authorization":["REDACTED"]},"tls":{"resumed":false}},"bytes_read":7,"user_id":"anna","duration":0.000929675,"size":10900,"status":200`,
			to:     `"Authorization":"REDACTED"},"tls":{"resumed":false}},"bytes_read":7,"user_id":"anna","duration":0.000929675,"size":10900,"status":401`,
			change: func(e *Entry) { e.Status, e.AuthFailed = 401, true }},
		{name: "a user agent replaced by a text", from: `["curl/7.82.0"]`, to: `"caf\u00e9"`, change: func(e *Entry) { e.UserAgent = "café" }},
		{name: "all headers replaced", from: `{"User-Agent":["curl/7.82.0"],"Referer":["https://example.com/"],"Authorization":["REDACTED"]}`, to: `"REDACTED"`,
			change: func(e *Entry) { e.UserAgent, e.Referer = "", "" }},
		{name: "milliseconds below a second", from: `0.000929675`, to: `930`, change: func(e *Entry) { e.Duration = 930 * time.Millisecond }},
		{name: "nanoseconds above ten seconds", from: `0.000929675`, to: `12000929675`, change: func(e *Entry) { e.Duration = 12_000_930 * time.Microsecond }},
		{name: "no time at all", from: `0.000929675`, to: `0`, change: func(e *Entry) { e.Duration = 0 }},
		{name: "common_log time", from: `1646861401.5241024`, to: `"09/Mar/2022:22:30:01 +0100"`, at: time.Unix(1646861401, 0)},
		{name: "wall time", from: `1646861401.5241024`, to: `"2022/03/09 21:30:01"`, at: time.Unix(1646861401, 0)},
		{name: "wall_nano time", from: `1646861401.5241024`, to: `"2022/03/09 21:30:01.524102"`},
		{name: "syslog", from: `{"level"`, to: `Mar  9 22:30:01 web caddy[12]: {"level"`},
		{name: "container", from: `{"level"`, to: `2022-03-09T21:30:01.524Z stdout F {"level"`},
		{name: "byte order mark and zeros", from: `{"level"`, to: "\x00\x00\xef\xbb\xbf" + `{"level"`},
		{name: "client gone", from: `"status":200`, to: `"status":499`, change: func(e *Entry) { e.Status, e.Aborted = 499, true }},
		{name: "failed login", from: `"status":200`, to: `"status":401`, change: func(e *Entry) { e.Status, e.AuthFailed = 401, true }},
		{name: "write error", from: `"status":200`, to: `"status":200,"write_error":"broken pipe"`, change: func(e *Entry) { e.Aborted = true }},
		{name: "the address of another", from: `"uri":"/desks?day=mon"`, to: `"uri":"http://other.example/desks?day=mon"`,
			change: func(e *Entry) { e.Path = "http://other.example/desks" }},
	} {
		line := strings.Replace(caddyAccess, c.from, c.to, 1)
		if c.from != "" && line == caddyAccess {
			t.Fatalf("%s: nothing to replace", c.name)
		}
		want := want
		if c.change != nil {
			c.change(&want)
		}
		want.Time = at
		if !c.at.IsZero() {
			want.Time = c.at
		}
		want.Time = want.Time.Add(-want.Duration)
		got, err := ParseEntry(Caddy, []byte(line))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !got.Time.Equal(want.Time) {
			t.Errorf("%s: time %v, want %v", c.name, got.Time, want.Time)
		}
		got.Time = want.Time
		if got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, want)
		}
	}
}

func TestParseCaddySaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{caddyAccess, `{"level":"info","ts":1646861401.5,"msg":"using config from file"}`, `this is no entry of an access log: it has no request or no size`},
		{`"size":10900,`, ``, `this is no entry of an access log: it has no request or no size`},
		{`"ts":1646861401.5241024,`, ``, `there is no ts`},
		{`1646861401.5241024`, `"Mar 9 22:30:01"`, `column 22: "Mar 9 22:30:01" is no time that Caddy writes`},
		{`1646861401.5241024`, "\"\u202e\"", `column 22: "[U+202E]" is no time that Caddy writes`},
		{`0.000929675`, `929675`, `column 439: 929675 is a whole number, so that it cannot be seen whether the duration is in milliseconds or nanoseconds; say it with --durations ms, ns or s`},
		{`0.000929675`, `99999999999999999999`, `column 439: 99999999999999999999 is no duration in seconds`},
		{`0.000929675`, `9223372036854775807`, `column 439: 9223372036854775807 is no duration`},
		{`"status":200`, `"status":"ok"`, `status is no whole number`},
		{`["curl/7.82.0"]`, `5`, `reading the headers: a header is neither a list of texts nor a text`},
		{`"client_ip":"203.0.113.7"`, `"client_ip":"REDACTED"`, `column 167: REDACTED is no IP address`},
		{caddyAccess, caddyAccess + "\r" + caddyAccess, `column 514: invalid character '{' after top-level value`},
		{`1646861401.5241024`, `-1`, `column 22: -1 is no time`},
		{`1646861401.5241024`, `1e300`, `column 22: 1e300 is no time`},
		{`1646861401.5241024`, `1e15`, `column 22: 1e15 is no time`},
		{`0.000929675`, `"soon"`, `column 439: "soon" is no duration`},
		{`0.000929675`, `1e99`, `column 439: 1e99 is no duration in seconds`},
		{`0.000929675`, `-1`, `bytes, bytes_in or the duration is negative`},
		{`203.0.113.7`, `nobody`, `column 167: nobody is no IP address`},
		{`"size":10900`, `"size":"big"`, `column 462: size is a JSON string`},
		{`"size":10900`, `"size":-1`, `bytes, bytes_in or the duration is negative`},
		{`"info",`, `"info"`, `column 16: invalid character '"' after object key:value pair`},
		{caddyAccess, ``, `unexpected end of JSON input`},
	} {
		line := strings.Replace(caddyAccess, c.from, c.to, 1)
		if line == caddyAccess {
			t.Fatalf("%s: nothing to replace", c.from)
		}
		if _, err := Parse(Caddy, []byte(line)); err == nil || err.Error() != c.want {
			t.Errorf("%s for %s:\n got %v\nwant %s", c.to, c.from, err, c.want)
		}
	}
}

func TestParseNDJSON(t *testing.T) {
	got, err := ParseEntry(NDJSON, []byte(`{"time":"2026-11-22T23:00:00.123456+01:00","instance":"acme","ip":"::ffff:203.0.113.7","method":"GET","host":"booking.example.com",
 "path":"/desks/23","query":"day=mon","status":401,"bytes":5120,"bytes_in":0,"duration_ms":12.4,"proto":"HTTP/2.0","verdict":"ban","auth_failed":true,
 "error":{"source":"app","type":"QueryException"},"unknown":1}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Entry{AuthFailed: true, Request: record.Request{
		Time: got.Time, Instance: "acme", IP: netip.MustParseAddr("203.0.113.7"), Method: "GET", Host: "booking.example.com",
		Path: "/desks/23", Query: "day=mon", Status: 401, Bytes: 5120, Duration: 12400 * time.Microsecond, Proto: "HTTP/2.0",
		Verdict: "ban", Error: &record.Failure{Source: "app", Type: "QueryException"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if !got.Time.Equal(time.Date(2026, 11, 22, 22, 0, 0, 123456000, time.UTC)) {
		t.Errorf("time %v", got.Time)
	}
}

func TestParseNDJSONSaysWhatIsWrong(t *testing.T) {
	const line = `{"time":"2026-01-31T10:31:20Z","ip":"203.0.113.7","method":"GET","path":"/","status":200,"bytes":1}`
	for _, c := range []struct{ from, to, want string }{
		{`"time":"2026-01-31T10:31:20Z",`, ``, `there is no time`},
		{`"2026-01-31T10:31:20Z"`, `null`, `there is no time`},
		{`"method":"GET",`, ``, `there is no method`},
		{`"path":"/",`, ``, `there is no path`},
		{`"status":200,`, ``, `there is no status`},
		{`2026-01-31T10:31:20Z`, `yesterday`, `column 9: "yesterday" is no RFC 3339 time`},
		{`203.0.113.7`, `nobody`, `column 37: "nobody" is no IP address`},
		{`200`, `"200"`, `column 90: status is a JSON string`},
		{`200`, `-5`, `status -5 is out of range`},
		{`"bytes":1`, `"bytes":-1`, `bytes, bytes_in or the duration is negative`},
		{`"bytes":1`, `"verdict":"maybe"`, `verdict "maybe" must be pass, throttle or ban`},
		{line, `[]`, `column 1: the line is a JSON array`},
		{line, `{"time":` + "\u202e" + `}`, `column 9: invalid character 'â' looking for beginning of value`},
	} {
		bad := strings.Replace(line, c.from, c.to, 1)
		if _, err := Parse(NDJSON, []byte(bad)); err == nil || err.Error() != c.want {
			t.Errorf("%s for %s:\n got %v\nwant %s", c.to, c.from, err, c.want)
		}
	}
}

func TestParseNDJSONReadsAbsentAddresses(t *testing.T) {
	for _, ip := range []string{``, `"ip":"",`, `"ip":null,`} {
		r, err := Parse(NDJSON, []byte(`{"time":"2026-01-31T10:31:20Z",`+ip+`"method":"","path":"","status":400}`))
		if err != nil || r.IP.IsValid() {
			t.Errorf("%q: %v, %v", ip, r.IP, err)
		}
	}
}

// A log of attacks, as it comes for replay.
func TestAttackLogParses(t *testing.T) {
	name := filepath.Join("testdata", "attack.ndjson")
	all, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if failed := checkNDJSON(t, name, all); failed != 3 {
		t.Errorf("%d failed logins, want 3", failed)
	}
}

// checkNDJSON parses every line and returns how many are failed logins.
func checkNDJSON(t *testing.T, name string, all []byte) (failed int) {
	t.Helper()
	for lines := bufio.NewScanner(bytes.NewReader(all)); lines.Scan(); {
		if format, ok := Detect(lines.Bytes()); format != NDJSON || !ok {
			t.Fatalf("%s: taken for %s, %v", name, format, ok)
		}
		e, err := ParseEntry(NDJSON, lines.Bytes())
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, lines.Bytes())
		}
		if e.AuthFailed {
			failed++
		}
	}
	return failed
}

func TestNDJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := requests(t)
		if rapid.Bool().Draw(t, "failed") {
			want.Error = &record.Failure{
				Source: record.SourceApp, Type: rapid.String().Draw(t, "type"), Message: rapid.String().Draw(t, "message"),
				Where: rapid.String().Draw(t, "where"), Trace: rapid.String().Draw(t, "trace"),
				Integration: rapid.String().Draw(t, "integration"), Cut: rapid.Bool().Draw(t, "cut"),
			}
		}
		var out bytes.Buffer
		if err := NewWriter(&out, NDJSONLines, time.FixedZone("", 5400)).Requests(want); err != nil {
			t.Fatal(err)
		}
		got, err := Parse(NDJSON, out.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, out.Bytes())
		}
		if !got.Time.Equal(want.Time) {
			t.Fatalf("time %v, want %v", got.Time, want.Time)
		}
		got.Time = want.Time
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("\n got %+v\nwant %+v\n%s", got, want, out.Bytes())
		}
	})
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		line string
		want Format
	}{
		{head + `"GET / HTTP/1.1"` + tail, Combined},
		{head + `"GET / HTTP/1.1" 200 5`, Combined},
		{caddyAccess, Caddy},
		{`{"level":"info","ts":1646861401.5,"msg":"using config from file"}`, Caddy},
		{`{"time":"2022-03-09 22:30:01","request":{"uri":"/"}}`, Caddy},
		{`{"time":"2026-01-31T10:31:20Z","path":"/"}` + "\n", NDJSON},
		{`{"time":"2026-01-31T10:31:20Z"}`, ""},
		{`{"ts":1646861401.5`, ""},
		{`[]`, ""},
		{``, ""},
		{`Jan 31 10:31:20 host sshd[1]: Failed password`, ""},
	} {
		if got, ok := Detect([]byte(c.line)); got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.line, got, ok, c.want)
		}
	}
}

func TestFormatNames(t *testing.T) {
	for _, name := range []string{"combined", "caddy", "ndjson"} {
		if f, err := ParseFormat(name); string(f) != name || err != nil {
			t.Errorf("%s: %q, %v", name, f, err)
		}
	}
	const want = `"Apache\x1b" must be combined, caddy or ndjson`
	if _, err := ParseFormat("Apache\x1b"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Parse("csv", []byte("x")); err == nil || err.Error() != `format "csv" must be combined, caddy or ndjson` {
		t.Errorf("got %v", err)
	}
}

func FuzzParseCaddy(f *testing.F) {
	f.Add([]byte(caddyAccess))
	f.Add([]byte(`{"ts":"2022-03-09T22:30:01.524+0100","request":{"uri":"?"},"duration":"-1ms","size":0}`))
	f.Add([]byte(`{"ts":1e13,"request":{},"size":0,"status":401,"duration":null}`))
	f.Fuzz(func(t *testing.T, line []byte) { fuzzJSON(t, Caddy, line) })
}

func FuzzParseNDJSON(f *testing.F) {
	f.Add([]byte(`{"time":"2026-11-22T23:00:00.123456+01:00","ip":"203.0.113.7","method":"GET","path":"/","status":200,"duration_ms":12.4}`))
	f.Add([]byte(`{"TIME":"0000-01-01T00:00:00-23:59","ip":null,"method":"","path":"","status":0,"duration_ms":1e300,"error":{}}`))
	f.Fuzz(func(t *testing.T, line []byte) { fuzzJSON(t, NDJSON, line) })
}

// fuzzJSON checks that what parses can be written and read again.
func fuzzJSON(t *testing.T, format Format, line []byte) {
	r, err := Parse(format, line)
	if err != nil {
		checkSafe(t, err.Error())
		return
	}
	ours, err := json.Marshal(r)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	again, err := Parse(NDJSON, ours)
	if err != nil {
		t.Fatalf("%s: %v", ours, err)
	}
	if second, err := json.Marshal(again); err != nil || !bytes.Equal(ours, second) {
		t.Fatalf("written as %s, then as %s (%v)", ours, second, err)
	}
}
