package logformat

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// learned is the dialect of a log.
func learned(t *testing.T, d Dialect, log string) *Dialect {
	t.Helper()
	if err := d.Learn([]byte(log), '\n'); err != nil {
		t.Errorf("%q: %v", log, err)
	}
	return &d
}

// One odd line does not hide the format of those after it.
func TestLearnPassesOddLines(t *testing.T) {
	const combined = head + `"GET / HTTP/1.1"` + tail + "\n"
	for _, odd := range []string{
		"", "\n \r\n", "\xef\xbb\xbf", "\x00\x00\x00", "\xef\xbb\xbf\n", "torn by rotation\n",
		"Nov 29 00:00:00 web newsyslog[1234]: logfile turned over\n",
		"Nov 29 00:00:00 web newsyslog[1234]: logfile turned over due to size>100K\n",
		"# a comment\n", "{\"a\":1}\n", "{\"torn\n", strings.Replace(combined, "203.0.113.7", "localhost", 1),
	} {
		for log, want := range map[string]Format{combined: Combined, caddyAccess: Caddy, quickRequest: NDJSON} {
			if strings.Contains(odd, "localhost") && want != Combined {
				continue
			}
			d := learned(t, Dialect{}, odd+log)
			if d.Format != want {
				t.Errorf("after %q: %q, want %s", odd, d.Format, want)
			}
		}
	}
}

func TestLearnSaysWhatIsWrong(t *testing.T) {
	for log, want := range map[string]string{
		"\nwhat\nis this\n":                 "line 2: column 5: there is nothing after the address",
		"\xff\xfe2\x000\x00":                "line 1: this is UTF-16; convert it with iconv -f UTF-16 -t UTF-8",
		`{"ClientAddr":"203.0.113.7:4134"}`: "line 1: this JSON has neither request and ts, as Caddy's access log, nor time and path, as ours",
	} {
		if err := new(Dialect).Learn([]byte(log), '\n'); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", log, err, want)
		}
	}
}

// Whole numbers are milliseconds or nanoseconds; a log shows which, or does not.
func TestLearnDurations(t *testing.T) {
	line := func(duration string) string {
		return strings.Replace(caddyAccess, "0.000929675", duration, 1) + "\n"
	}
	for _, c := range []struct {
		log, duration string
		said, want    time.Duration
		unknown       bool
	}{
		{log: line("0.5") + line("0.25"), duration: "929675", unknown: true},
		{log: line("929675"), duration: "929675", unknown: true},
		{log: line("929675") + line("0"), duration: "929675", unknown: true},
		{log: line("929675") + line("12"), duration: "929675", want: 929675 * time.Millisecond},
		{log: line("929675") + line("12000000000"), duration: "929675", want: 930 * time.Microsecond},
		{log: line("12") + line("12000000000"), duration: "929675", unknown: true},
		{log: line("929675"), said: time.Nanosecond, duration: "929675", want: 930 * time.Microsecond},
		{log: line("929675"), said: time.Millisecond, duration: "929675", want: 929675 * time.Millisecond},
		{log: line("929675"), said: time.Second, duration: "1000", want: 1000 * time.Second},
		{log: line("12"), said: time.Nanosecond, duration: "929675", want: 930 * time.Microsecond},
	} {
		d := learned(t, Dialect{Durations: c.said}, c.log)
		e, err := d.ParseEntry([]byte(line(c.duration)))
		if (err != nil) != c.unknown || e.Duration != c.want {
			t.Errorf("%s after %q: %v, %v", c.duration, c.log, e.Duration, err)
		}
	}
}

// What Caddy's console encoder writes is read as what its JSON encoder writes.
func TestConsoleLines(t *testing.T) {
	want, err := ParseEntry(Caddy, []byte(caddyAccess))
	if err != nil {
		t.Fatal(err)
	}
	fields := `{"request": ` + strings.SplitN(caddyAccess, `"request":`, 2)[1]
	berlin := time.FixedZone("", 3600)
	for _, c := range []struct {
		line     string
		zone     *time.Location
		zoneless bool
	}{
		{line: "2022/03/09 21:30:01.524102\tinfo\thttp.log.access.log0\thandled request\t" + fields, zoneless: true},
		{line: "2022/03/09 22:30:01.524102\t\x1b[34mINFO\x1b[0m\thttp.log.access\thandled request\t" + fields, zone: berlin, zoneless: true},
		{line: "2022/03/09 21:30:01.524102 info http.log.access handled request " + fields, zoneless: true},
		{line: "1.6468614015241024e+09\tinfo\thttp.log.access\thandled request\t" + fields},
		{line: "2022-03-09T22:30:01.524102+01:00\tinfo\thttp.log.access\thandled request\t" + fields},
		{line: "Mar  9 22:30:01 web caddy[7]: 2022-03-09T22:30:01.524102+01:00\tinfo\thttp.log.access\thandled request\t" + fields},
	} {
		d := learned(t, Dialect{Zone: c.zone}, c.line+"\n")
		if d.Format != Caddy || d.Zoneless != c.zoneless {
			t.Errorf("%s: %s, zoneless %v", c.line, d.Format, d.Zoneless)
		}
		got, err := d.ParseEntry([]byte(c.line))
		if err != nil || !got.Time.Equal(want.Time) {
			t.Errorf("%s: %v %v", c.line, got.Time, err)
		}
		if got.Time = want.Time; got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.line, got, want)
		}
	}
	for line, want := range map[string]string{
		"2022/03/09 21:30:01.524\tinfo\tserver running":                "this is no JSON, and no line of Caddy's console encoder with a request",
		"2022/03/09 21:30:01.524\tinfo\tadmin\tstarted\t{\"a\": 1}":    "this is no entry of an access log: it has no request or no size",
		"yesterday\tinfo\thttp.log.access\thandled request\t" + fields: `column 1: "yesterday" is no time that Caddy writes`,
		"2022/03/09 21:30:01.524\tinfo\tlog\tx\t{\"request\": {}":      "column 49: unexpected end of JSON input",
	} {
		if _, err := Parse(Caddy, []byte(line)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// Columns that are named are read as what they are.
func TestColumns(t *testing.T) {
	for _, c := range []struct{ columns, before, ip, user, host string }{
		{"- client ident user", "10.0.0.5 203.0.113.7 - -", "203.0.113.7", "", ""},
		{"client ident - ident - user", "", "", "", ""},
		{"client - - ident user", "203.0.113.7 - 172.31.0.100 - Anna Smith", "203.0.113.7", "Anna Smith", ""},
		{"client,ident,host,-,user", "203.0.113.7 - www.example.com www.example.com -", "203.0.113.7", "", "www.example.com"},
		{"client ident user", "203.0.113.7 - a - 10.0.0.1", "203.0.113.7", "a - 10.0.0.1", ""},
		{"client ident user host", "203.0.113.7 - a b www.example.com:80", "203.0.113.7", "a b", "www.example.com"},
	} {
		columns, err := ParseColumns(c.columns)
		if (err != nil) != (c.before == "") {
			t.Errorf("%s: %v", c.columns, err)
		}
		if err != nil {
			continue
		}
		d := &Dialect{Format: Combined, Columns: columns}
		r, err := d.Parse([]byte(c.before + strings.TrimPrefix(head, "203.0.113.7 - -") + `"GET / HTTP/1.1"` + tail))
		if err != nil || r.IP != netip.MustParseAddr(c.ip) || r.User != c.user || r.Host != c.host {
			t.Errorf("%s: %+v %v", c.before, r, err)
		}
	}
	for s, want := range map[string]string{
		"client x":      `"x" must be client, ident, user, host or -`,
		"user user":     `"user" stands there twice`,
		"host user -":   `"host user -" has no client`,
		"client client": `"client" stands there twice`,
	} {
		if _, err := ParseColumns(s); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", s, err, want)
		}
	}
	d := &Dialect{Format: Combined, Columns: Columns{"host", "client"}}
	const want = "column 1: there are 3 columns before the time, not the 2 of --columns"
	if _, err := d.Parse([]byte(head + `"GET / HTTP/1.1"` + tail)); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// In a log that is known to have three columns a user may have dots and spaces, but
// addresses are suspicious still: another server may have begun to write the log.
func TestLearnColumns(t *testing.T) {
	known := head + `"GET / HTTP/1.1"` + tail + "\n"
	dotted := strings.Replace(known, "- -", "- Anna v.Smith", 1)
	balanced := strings.Replace(known, "- -", "- 172.31.0.100 - -", 1)
	if r, err := learned(t, Dialect{}, dotted+known).Parse([]byte(dotted)); err != nil || r.User != "Anna v.Smith" {
		t.Errorf("%q %v", r.User, err)
	}
	if _, err := learned(t, Dialect{}, dotted).Parse([]byte(dotted)); err == nil {
		t.Error("a column is taken for a part of the user's name")
	}
	for _, log := range []string{balanced, known + balanced} {
		if r, err := learned(t, Dialect{}, log).Parse([]byte(balanced)); err == nil {
			t.Errorf("the user is %q", r.User)
		}
	}
}

// The client's address is the one in its column or none, whatever surrounds it.
func TestClientIsNeverGuessed(t *testing.T) {
	words := rapid.SampledFrom([]string{"203.0.113.7", "198.51.100.1", "198.51.100.1:443", "-", "anna", "www.example.com", "www.example.com:80", "[2001:db8::1]", "2001:db8::1", `""`, "unix:", "localhost", "198.51.100.9,"})
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(words, 1, 6).Draw(t, "before")
		r, err := Parse(Combined, []byte(strings.Join(before, " ")+strings.TrimPrefix(head, "203.0.113.7 - -")+`"GET / HTTP/1.1"`+tail))
		if err != nil {
			return
		}
		addresses := 0
		for _, w := range before {
			if isAddr(w) {
				addresses++
			}
		}
		switch {
		case addresses > 2:
			t.Fatalf("one of %q is taken for the client", before)
		case addresses == 2 && r.Host == "":
			t.Fatalf("one of %q is taken for the client", before)
		case addresses > 0 && !r.IP.IsValid():
			t.Fatalf("there is a client in %q", before)
		}
	})
}

// However a log begins, what is learned from it does not change what a line says by
// itself, and all that a line says is safe to show.
func FuzzLearn(f *testing.F) {
	for _, line := range []string{caddyAccess, quickRequest, head + `"GET / HTTP/1.1"` + tail, "\xef\xbb\xbf\r\r", "2022/03/09 21:30:01\tinfo\t{\"request\": {}, \"size\": 1, \"duration\": 5}"} {
		f.Add([]byte(line+"\n"), []byte(line))
	}
	f.Fuzz(func(t *testing.T, start, line []byte) {
		var d Dialect
		if err := d.Learn(start, '\n'); err != nil {
			checkSafe(t, err.Error())
			return
		}
		want, err := ParseEntry(d.Format, line)
		got, learnedErr := d.ParseEntry(line)
		if err == nil && (learnedErr != nil || got.Request != want.Request && got.Error == nil) {
			t.Fatalf("%+v, and learned %+v, %v", want, got, learnedErr)
		}
		if learnedErr != nil {
			checkSafe(t, learnedErr.Error())
		}
	})
}

// A header is never longer than its line, and none is found behind one that is not there.
func FuzzSyslogHeader(f *testing.F) {
	for _, header := range []string{"<190>Nov 29 02:44:51 web nginx: ", "<190>1 2026-11-29T02:44:51Z web nginx 7 - [a b=\"c\"] ", "2026-11-29T02:44:51Z stdout F ", "Nov  9 02:44:51 web nginx[7]: "} {
		f.Add([]byte(header), []byte(head))
	}
	f.Fuzz(func(t *testing.T, header, line []byte) {
		n := syslogHeader(append(bytes.Clone(header), line...))
		if n < 0 || n > len(header)+len(line) {
			t.Fatalf("%d bytes of %d", n, len(header)+len(line))
		}
		if own := syslogHeader(header); own > 0 && n != own {
			t.Fatalf("%d bytes, and alone %d", n, own)
		}
	})
}
