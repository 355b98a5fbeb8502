package e2e

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// visit is a request, and what its client saw of the answer.
type visit struct {
	// name identifies the request: it is sent as the query k=name, or q=name
	// where key says so.
	name   string
	key    string
	method string // default: GET
	path   string // sent as it is
	header map[string]string
	body   string
	// status is what the client must see.
	status int
	// reset says that the stream is reset, which on HTTP/3 may overtake what
	// was sent before: the client then sees less of the body, or not even a
	// status (RFC 9000, section 19.4).
	reset bool
	// more says what else must be true of the record.
	more func(*testing.T, request)
	// caddy is what Caddy's own access log says, where that is not what the
	// client saw; why says why.
	caddy *accessLine
	why   string

	// What the client saw.
	proto  string
	bytes  int64
	broken bool
	start  time.Time
}

const agent = "gatebook-e2e/1.0 (exact bytes)"

// client asks as a browser would, but follows and decodes nothing.
func client(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Client {
	return &http.Client{
		Timeout:       testTimeout,
		Transport:     &http.Transport{DialContext: dial, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dialFrom dials from another of the machine's loopback addresses.
func dialFrom(address string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext
}

func (v *visit) query() string { return cmp.Or(v.key, "k") + "=" + v.name }

// ask sends the request to a site, scheme://host:port, and notes what comes.
func (v *visit) ask(t *testing.T, c *http.Client, site string) {
	t.Helper()
	if v.method == "" {
		v.method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(t.Context(), v.method, site, strings.NewReader(v.body))
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque = v.path
	req.URL.RawQuery = v.query()
	req.Header.Set("User-Agent", agent)
	for name, value := range v.header {
		req.Header.Set(name, value)
	}
	if host := v.header["Host"]; host != "" {
		req.Host = host
	}
	v.start = time.Now()
	res, err := c.Do(req)
	if err != nil {
		if v.status != 0 && !v.reset {
			t.Errorf("%s: %v, want status %d", v.name, err, v.status)
		}
		v.broken = true
		return
	}
	defer res.Body.Close()
	v.bytes, err = io.Copy(io.Discard, res.Body)
	v.broken, v.proto = err != nil, res.Proto
	if res.StatusCode != v.status {
		t.Errorf("%s: the client saw status %d, want %d", v.name, res.StatusCode, v.status)
	}
}

// compare holds the record against what the client saw.
func (v *visit) compare(t *testing.T, r request) {
	t.Helper()
	if r.Method != v.method || r.Path != v.path || r.Query != v.query() || r.UserAgent != agent {
		t.Errorf("%s: recorded as %s %s?%s by %q", v.name, r.Method, r.Path, r.Query, r.UserAgent)
	}
	if v.status != 0 && r.Status != v.status {
		t.Errorf("%s: recorded status %d, the client saw %d", v.name, r.Status, v.status)
	}
	if v.proto != "" && r.Proto != v.proto {
		t.Errorf("%s: recorded as %s, the client spoke %s", v.name, r.Proto, v.proto)
	}
	if r.Bytes != v.bytes && !(v.reset && r.Bytes > v.bytes) {
		t.Errorf("%s: recorded %d bytes, the client saw %d", v.name, r.Bytes, v.bytes)
	}
	if r.Aborted != v.broken {
		t.Errorf("%s: recorded aborted=%t, for the client the answer broke: %t", v.name, r.Aborted, v.broken)
	}
	took := time.Duration(r.DurationMS * float64(time.Millisecond))
	if late := time.Since(v.start); r.Time.Before(v.start.Add(-time.Millisecond)) || took <= 0 || took > late {
		t.Errorf("%s: recorded at %s for %s, was sent at %s, %s ago", v.name, r.Time, took, v.start, late)
	}
	if v.more != nil {
		v.more(t, r)
	}
}

// byName finds records by the names of their visits. One that is there twice
// is an error.
func byName(t *testing.T, records []request) map[string]request {
	t.Helper()
	found := map[string]request{}
	for _, r := range records {
		_, name, _ := strings.Cut(r.Query, "=")
		if _, twice := found[name]; twice {
			t.Errorf("%s is recorded twice", name)
		}
		found[name] = r
	}
	return found
}

// closedBooks ends the gate once n requests are in its log, and reads the log
// from the directory: what came late or twice is in it as well.
func (g *gate) closedBooks(n int, instance string) []request {
	g.t.Helper()
	eventually(g.t, "the log has every request", func() bool { return len(g.requests("--instance", instance)) >= n })
	if g.cmd != nil {
		g.stop()
	}
	return g.booksIn(instance)
}

// booksIn reads an instance's server log from the directory of a gate that has
// ended.
func (g *gate) booksIn(instance string) []request {
	g.t.Helper()
	stdout, stderr, code := g.run("requests", "--format", "ndjson", "--limit", "0", "--data-dir", g.data, "--instance", instance)
	if code != 0 {
		g.t.Fatalf("reading the directory: exit %d: %s", code, stderr)
	}
	return decodeLines[request](g.t, stdout)
}

// compareAll holds a log against the visits that it must have, and no others.
func compareAll(t *testing.T, visits []*visit, records []request) {
	t.Helper()
	found := byName(t, records)
	for _, v := range visits {
		r, ok := found[v.name]
		if !ok {
			t.Errorf("%s: %s %s is not in the log", v.name, v.method, v.path)
			continue
		}
		v.compare(t, r)
	}
	if len(records) != len(visits) {
		names := []string{}
		for name := range found {
			if !slices.ContainsFunc(visits, func(v *visit) bool { return v.name == name }) {
				names = append(names, name)
			}
		}
		t.Errorf("%d requests were made and %d recorded; %q were not made", len(visits), len(records), names)
	}
}
