package logformat

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
)

// A log comes back byte for byte, except for a question mark without a query,
// which is lost, and the closing quote that a truncated line gets.
func TestLogComesBack(t *testing.T) {
	n := 0
	log := corpus.New(1, 10_000)
	for r := (record.Request{}); log.Next(&r); n++ {
		line := AppendCombined(nil, &r)
		checkComesBack(t, n+1, line, line)
	}
	for _, c := range []struct{ line, want string }{
		{head + `"GET /desks? HTTP/1.1"` + tail, head + `"GET /desks HTTP/1.1"` + tail},
		{strings.TrimSuffix(head+`"GET / HTTP/1.1"`+tail, `"`), head + `"GET / HTTP/1.1"` + tail},
		{head + `"GET /a%20b?q=\xe4\"\\ HTTP/1.0" 304 - "https://example.com/\xc3\xa4" "Mozilla/5.0 (\"X\")"`, ""},
	} {
		n++
		if c.want == "" {
			c.want = c.line
		}
		checkComesBack(t, n, []byte(c.line), []byte(c.want))
	}
}

// checkComesBack parses a line and writes it again.
func checkComesBack(t *testing.T, n int, line, want []byte) {
	t.Helper()
	r, err := Parse(Combined, line)
	if err != nil {
		t.Errorf("line %d: %v\n%s", n, err, line)
		return
	}
	if got := AppendCombined(nil, &r); !bytes.Equal(got, want) {
		t.Errorf("line %d:\n got %s\nwant %s", n, got, want)
	}
}

const (
	head = `203.0.113.7 - - [17/May/2015:10:05:03 +0200] `
	tail = ` 404 12 "-" "-"`
)

func TestParseCombined(t *testing.T) {
	at := time.Date(2015, 5, 17, 10, 5, 3, 0, time.FixedZone("", 2*3600))
	ip := netip.MustParseAddr("203.0.113.7")
	for _, c := range []struct {
		name, line string
		want       record.Request
		authFailed bool
	}{
		{name: "everything", line: `203.0.113.7 - anna [17/May/2015:10:05:03 +0200] "GET /desks?day=mon HTTP/1.1" 200 5120 "https://example.com/" "Mozilla/5.0 (X11)"`,
			want: record.Request{IP: ip, User: "anna", Time: at, Method: "GET", Path: "/desks", Query: "day=mon", Proto: "HTTP/1.1",
				Status: 200, Bytes: 5120, Referer: "https://example.com/", UserAgent: "Mozilla/5.0 (X11)"}},
		{name: "common log format", line: head + `"GET / HTTP/1.0" 304 -`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.0", Status: 304}},
		{name: "more fields", line: head + `"GET / HTTP/1.0" 200 1 "r" "u" "198.51.100.1" 0.003`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.0", Status: 200, Bytes: 1, Referer: "r", UserAgent: "u"}},
		{name: "escapes", line: head + `"GET /\"\\\x41\x7E\t HTTP/1.1" 404 - "\xe4\xE5\x0" "a\qb\"c\\"`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/\"\\A~\t", Proto: "HTTP/1.1", Status: 404,
				Referer: "\xe4\xe5\\x0", UserAgent: `a\qb"c\`}},
		{name: "handshake", line: head + `"\x16\x03\x01\x02 x" 400 226 "-" "-"`,
			want: record.Request{IP: ip, Time: at, Path: "\x16\x03\x01\x02 x", Status: 400, Bytes: 226}},
		{name: "no request", line: head + `"-" 408 - "-" "-"`, want: record.Request{IP: ip, Time: at, Status: 408}},
		{name: "empty request", line: head + `"" 400 0 "-" "-"`, want: record.Request{IP: ip, Time: at, Status: 400}},
		{name: "method only", line: head + `"quit"` + tail, want: record.Request{IP: ip, Time: at, Method: "quit", Status: 404, Bytes: 12}},
		{name: "HTTP/0.9", line: head + `"GET /a b"` + tail, want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/a b", Status: 404, Bytes: 12}},
		{name: "spaces", line: head + `"GET  /a b HTTP/1.1"` + tail, want: record.Request{IP: ip, Time: at, Method: "GET", Path: " /a b", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "proxy", line: head + `"CONNECT example.com:443 HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "CONNECT", Path: "example.com:443", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "user with spaces and brackets", line: `203.0.113.7 - x [1] \"GET / HTTP/1.1\" 200 [17/May/2015:10:05:03 +0200] "GET / HTTP/1.1" 401 12 "-" "-"`,
			want: record.Request{IP: ip, Time: at, User: `x [1] "GET / HTTP/1.1" 200`, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 401, Bytes: 12}, authFailed: true},
		{name: "IPv4 in IPv6", line: strings.Replace(head, "203", "::ffff:203", 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "zone", line: strings.Replace(head, "203.0.113.7", "fe80::1%eth0", 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: netip.MustParseAddr("fe80::1"), Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "unix socket", line: strings.Replace(head, "203.0.113.7", "-", 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "cut off", line: head + `"GET / HTTP/1.1" 404 12 "-" "curl`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12, UserAgent: "curl"}},
		{name: "line break", line: head + `"GET / HTTP/1.1"` + tail + "\r\n",
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "too long", line: head + `"GET /` + strings.Repeat("a", 5000) + ` HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/" + strings.Repeat("a", record.MaxText-1), Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "Unix socket of nginx", line: strings.Replace(head, "203.0.113.7", "unix:", 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "client with a port", line: strings.Replace(head, "203.0.113.7", "203.0.113.7:41342", 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "empty user of Apache", line: strings.Replace(head, "- -", `- ""`, 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "vhost_combined", line: "www.example.com:443 " + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Host: "www.example.com", Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "virtual host with another port", line: "www.example.com:8443 " + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Host: "www.example.com:8443", Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "virtual host that is an address", line: "198.51.100.1:443 " + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Host: "198.51.100.1", Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "virtual host without an ident", line: "www.example.com " + strings.Replace(head, "- -", "anna", 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Host: "www.example.com", User: "anna", Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "no virtual host", line: "- " + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "user with spaces", line: strings.Replace(head, "- -", "- Anna Smith", 1) + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, User: "Anna Smith", Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "Traefik", line: head + `"GET / HTTP/1.1" 200 5 - - 17 "web@docker" "http://198.51.100.2:80" 3ms`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 200, Bytes: 5}},
		{name: "Traefik with a user agent", line: head + `"GET / HTTP/1.1" 200 5 - "curl/8.5.0" 17 - - 3ms`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 200, Bytes: 5, UserAgent: "curl/8.5.0"}},
		{name: "quotes in the user agent", line: head + `"GET / HTTP/1.1" 404 12 "-" "Mozilla/5.0 "the best" browser"`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12, UserAgent: `Mozilla/5.0 "the best" browser`}},
		{name: "quotes in the user agent before more fields", line: head + `"GET / HTTP/1.1" 404 12 "-" "a "b"" "198.51.100.1" 0.003`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12, UserAgent: `a "b"`}},
		{name: "quotes in referer and request", line: head + `"GET /?q="x" HTTP/1.1" 404 12 "https://example.com/?q="x y"" "curl"`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Query: `q="x"`, Proto: "HTTP/1.1", Status: 404, Bytes: 12, Referer: `https://example.com/?q="x y"`, UserAgent: "curl"}},
		{name: "a time before the referer", line: head + `"GET / HTTP/1.1" 404 12 0.003 "https://example.com/" "curl"`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12, Referer: "https://example.com/", UserAgent: "curl"}},
		{name: "common log format and a time", line: head + `"GET / HTTP/1.1" 404 12 3217`,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "syslog", line: "<190>Nov  9 02:44:51 web nginx: " + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "RFC 5424", line: "<190>1 2026-11-29T02:44:51.5Z web nginx 7 - [a b=\"c\"] \xef\xbb\xbf" + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "rsyslog", line: "2026-11-29T02:44:51.5+01:00 198.51.100.1 nginx[7]: " + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "byte order mark", line: "\xef\xbb\xbf" + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
		{name: "zeros", line: "\x00\x00\x00" + head + `"GET / HTTP/1.1"` + tail,
			want: record.Request{IP: ip, Time: at, Method: "GET", Path: "/", Proto: "HTTP/1.1", Status: 404, Bytes: 12}},
	} {
		got, err := ParseEntry(Combined, []byte(c.line))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !got.Time.Equal(c.want.Time) {
			t.Errorf("%s: time %v", c.name, got.Time)
		}
		got.Time, c.want.Time = time.Time{}, time.Time{}
		if got.Request != c.want || got.AuthFailed != c.authFailed {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestParseCombinedSaysWhere(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{``, `column 1: there is nothing after the address`},
		{`203.0.113.7`, `column 12: there is nothing after the address`},
		{`nonsense without a time`, `column 10: there is no [time] with a quoted request after it`},
		{`203.0.113.7 - - 17/May/2015 "GET / HTTP/1.1" 200 1`, `column 13: there is no [time] with a quoted request after it`},
		{`203.0.113.7 [17/May/2015:10:05:03 +0200] "GET / HTTP/1.1" 200 1`, `column 13: there is no ident and user before the time`},
		{`203.0.113.7 - [17/May/2015:10:05:03 +0200] "GET / HTTP/1.1" 200 1`, `column 13: there is no user after the ident`},
		{`203.0.113.7 - - [2015-05-17 10:05:03] "GET / HTTP/1.1" 200 1`, `column 18: "2015-05-17 10:05:03" is no time such as 17/May/2015:10:05:03 +0000`},
		{`crawler.example.com - - [17/May/2015:10:05:03 +0200] "GET / HTTP/1.1" 200 1`, `column 1: "crawler.example.com" is no IP address`},
		{head + `"GET / HTTP/1.1`, `column 46: the request has no closing quote`},
		{head + `"GET / HTTP/1.1" OK 12`, `column 63: "OK" is no status`},
		{head + `"GET / HTTP/1.1" ` + strings.Repeat("9", 99) + ` 12`, `column 63: "` + strings.Repeat("9", 64) + `" is no status`},
		{head + `"GET / HTTP/1.1" -1 12`, `column 63: "-1" is no status`},
		{head + `"GET / HTTP/1.1" 200`, `column 66: "" is no number of bytes`},
		{head + `"GET / HTTP/1.1" 200 many`, `column 67: "many" is no number of bytes`},
		{head + `"GET / HTTP/1.1" 1000 1`, `status 1000 is out of range`},
		{"\x1b[2J\u202e - - [now] \"GET / HTTP/1.1\" 200 1", `column 14: "now" is no time such as 17/May/2015:10:05:03 +0000`},
		{"\x1b[2J\u202e - - [17/May/2015:10:05:03 +0200] \"GET / HTTP/1.1\" 200 1", `column 1: "\x1b[2J\u202e" is no IP address`},
		{`10.0.0.5 ` + head + `"GET / HTTP/1.1" 200 1`, `column 10: it cannot be seen whether "203.0.113.7" is the client or a server before it; name the columns before the time with --columns, such as "host client ident user" or "- client ident user"`},
		{strings.Replace(head, "- -", "- 172.31.0.100 - -", 1) + `"GET / HTTP/1.1" 200 1`, `column 15: it cannot be seen what "172.31.0.100" before the time means; name the columns before the time with --columns, such as "host client ident user" or "- client ident user"`},
		{strings.Replace(head, "- -", "- www.example.com www.example.com -", 1) + `"GET / HTTP/1.1" 200 1`, `column 15: it cannot be seen what "www.example.com" before the time means; name the columns before the time with --columns, such as "host client ident user" or "- client ident user"`},
		{strings.Replace(head, "- -", "- [203.0.113.7] - -", 1) + `"GET / HTTP/1.1" 200 1`, `column 15: it cannot be seen what "[203.0.113.7]" before the time means; name the columns before the time with --columns, such as "host client ident user" or "- client ident user"`},
		{`198.51.100.9, ` + head + `"GET / HTTP/1.1" 200 1`, `column 1: "198.51.100.9," is neither a client's address nor a host before one; name the columns before the time with --columns, such as "host client ident user" or "- client ident user"`},
		{"www.example.com:443 " + strings.Replace(head, "203.0.113.7", "crawler.example.com", 1) + `"GET / HTTP/1.1" 200 1`, `column 21: "crawler.example.com" is no IP address; a server that looks up host names (HostnameLookups) leaves none to read`},
		{head + `"GET / HTTP/1.1" 404 12 HIT "-" "curl"`, `column 70: it cannot be seen what "HIT" after the bytes means; referer and user agent have to follow the bytes, so take it out of the log first`},
		{head + `"GET / HTTP/1.1" 404 12 0.003 "session=1" "curl"`, `column 76: "session=1" after the numbers is no referer, so it cannot be seen what it means; referer and user agent have to follow the bytes`},
		{head + `"GET / HTTP/1.1"` + tail + "\r" + head + `"GET / HTTP/1.1"` + tail, `column 77: there is a line break within the line; write each request on a line of its own`},
		{"<190>Nov 29 02:44:51 web nginx: " + head + `"GET / HTTP/1.1" OK 12`, `column 95: "OK" is no status`},
	} {
		_, err := Parse(Combined, []byte(c.line))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.line, err, c.want)
		}
	}
}

// Parse reads what AppendCombined writes.
func TestCombinedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := requests(t)
		// See AppendCombined for the limits of a line.
		want.Time = want.Time.Truncate(time.Second)
		want.Method = rapid.StringMatching(`[A-Z]{1,10}`).Draw(t, "method")
		want.Path = "/" + strings.NewReplacer("?", "", " ", "").Replace(want.Path)
		want.Proto = rapid.SampledFrom([]string{"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"}).Draw(t, "proto")
		if rapid.Bool().Draw(t, "user of words") {
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"-", "a", "203.0.113.7", "www.example.com", "[::1]", "", `""`, "Dr."}), 1, 4).Draw(t, "words")
			want.User = strings.Join(words, " ")
		}
		for _, s := range []*string{&want.User, &want.Referer, &want.UserAgent} {
			*s = absent(*s)
		}
		want = record.Request{
			Time: want.Time, IP: want.IP, Method: want.Method, Path: want.Path, Query: want.Query, Proto: want.Proto,
			Status: want.Status, Bytes: want.Bytes, User: want.User, Referer: want.Referer, UserAgent: want.UserAgent,
		}
		line := AppendCombined(nil, &want)
		got, err := Parse(Combined, line)
		if err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		if !got.Time.Equal(want.Time) {
			t.Fatalf("time %v, want %v", got.Time, want.Time)
		}
		got.Time = want.Time
		if got != want {
			t.Fatalf("\n got %+v\nwant %+v\n%s", got, want, line)
		}
		for _, c := range line {
			if c < ' ' || c > '~' {
				t.Fatalf("byte %#x in %q", c, line)
			}
		}
	})
}

// requests draws any request that can be recorded.
func requests(t *rapid.T) record.Request {
	text := func(name string) string { return record.Cut(rapid.String().Draw(t, name), 200) }
	r := record.Request{
		Time:      time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "time")).UTC(),
		Instance:  text("instance"),
		Method:    text("method"),
		Host:      text("host"),
		Path:      text("path"),
		Query:     text("query"),
		Status:    rapid.IntRange(0, 999).Draw(t, "status"),
		Bytes:     rapid.Int64Range(0, 1<<50).Draw(t, "bytes"),
		BytesIn:   rapid.Int64Range(0, 1<<50).Draw(t, "bytes in"),
		Duration:  time.Duration(rapid.Int64Range(0, 1e11).Draw(t, "duration")) * time.Microsecond,
		Proto:     text("proto"),
		UserAgent: text("user agent"),
		Browser:   text("browser"),
		OS:        text("os"),
		Referer:   text("referer"),
		User:      text("user"),
		Country:   text("country"),
		ASN:       rapid.Uint32().Draw(t, "asn"),
		ASOrg:     text("as org"),
		RequestID: text("request id"),
		Verdict:   rapid.SampledFrom([]record.Verdict{"pass", "throttle", "ban"}).Draw(t, "verdict"),
		Aborted:   rapid.Bool().Draw(t, "aborted"),
	}
	switch rapid.IntRange(0, 2).Draw(t, "ip") {
	case 1:
		r.IP = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")))
	case 2:
		r.IP = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6"))).Unmap()
	}
	return r
}

// A line that parses is written as a line that parses to the same request.
func FuzzParseCombined(f *testing.F) {
	for _, line := range []string{
		head + `"GET /desks?day=mon HTTP/1.1" 200 5120 "https://example.com/" "Mozilla/5.0 (X11)"`,
		head + `"\x16\x03\x01" 400 - "-" "-"`,
		head + `"GET /? HTTP/1.1" 200 1 "\"" "\\`,
		`- - a [b] [17/May/2015:10:05:03 +0200] "-" - - "" ""`,
		`www.example.com:443 1.2.3.4 - "" [17/May/2015:10:05:03 +0200] "GET /"x" HTTP/1.1" 200 1 0.1 - "a "b" c" "d" 1`,
		"\x00\xef\xbb\xbf<190>1 2026-11-29T02:44:51Z web nginx 7 - - unix: - a b [17/May/2015:10:05:03 +0200] \"-\" - - - -",
		`::ffff:1.2.3.4%eth0 - - [29/Feb/2016:23:59:60 -1130] "GET" 999 0`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := Parse(Combined, line)
		if err != nil {
			checkSafe(t, err.Error())
			return
		}
		first := AppendCombined(nil, &r)
		again, err := Parse(Combined, first)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", line, first, err)
		}
		if second := AppendCombined(nil, &again); !bytes.Equal(first, second) {
			t.Fatalf("written as %q, then as %q", first, second)
		}
	})
}
