package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const manyShapes = `{
	admin {{admin}}
	auto_https off
	servers {
		trusted_proxies static 127.0.0.2
		trusted_proxies_strict
	}
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {` + accessLog + `
	gatebook acme {
		server_log {
			skip /healthz /private/*
		}
	}
	rewrite /before* /after?rewritten=yes
	uri /v1/* strip_prefix /v1
	method /method POST
	request_header /agent -User-Agent
	request_body /limited {
		max_size 10
	}
	encode /gz* gzip
	redir /here /there 301
	abort /abort
	error /teapot "short and stout" 418
	respond /hello "hello, world"
	respond /nothing 204
	handle_path /stripped/* {
		reverse_proxy {{upstream}}
	}
	handle /static/* {
		root {{dir}}
		file_server
	}
	handle_path /logs/* {
		basic_auth {
			admin {{hash}}
		}
		gatebook_console application
	}
	handle /dead {
		reverse_proxy {{dead}}
	}
	@answered not path /unanswered
	reverse_proxy @answered {{upstream}}
}
`

// held is how long the application held back its slow answer, in nanoseconds.
var held atomic.Int64

// shapesApplication answers in the ways that an application can.
func shapesApplication(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	if code, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/status/")); err == nil {
		w.WriteHeader(code)
		io.WriteString(w, strings.Repeat("x", 100)) // refused where no body may be
		return
	}
	switch r.URL.Path {
	case "/empty":
	case "/read":
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "read %d bytes", n)
	case "/big":
		for range 64 {
			w.Write(make([]byte, 16<<10))
		}
	case "/gz":
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, strings.Repeat("the same again and again, ", 2000))
	case "/slow":
		// Work, not sleep: how long it takes is measured, not expected.
		for i := range 200 {
			fmt.Fprint(io.Discard, strings.Repeat("slow", i))
		}
		held.Store(int64(time.Since(start)))
	case "/hints":
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "after the hints")
	case "/cut":
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, strings.Repeat("x", 400))
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case "/cut-chunked":
		io.WriteString(w, strings.Repeat("x", 400))
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case "/silent":
		panic(http.ErrAbortHandler)
	default:
		fmt.Fprintf(w, "%s %s", r.Method, r.RequestURI)
	}
}

func manyVisits() []*visit {
	basic := "Basic YWRtaW46Y29ycmVjdCBob3JzZQ==" // admin, the password of the tests
	from := func(ip string) func(*testing.T, request) {
		return func(t *testing.T, r request) {
			if r.IP != ip {
				t.Errorf("%s: recorded from %q, want %s", r.Query, r.IP, ip)
			}
		}
	}
	in := func(n int64) func(*testing.T, request) {
		return func(t *testing.T, r request) {
			if r.BytesIn != n {
				t.Errorf("%s: recorded %d bytes in, want %d", r.Query, r.BytesIn, n)
			}
		}
	}
	return []*visit{
		{name: "plain", path: "/", status: 200, more: from("127.0.0.1")},
		{name: "forwarded-by-a-stranger", path: "/", status: 200, header: map[string]string{"X-Forwarded-For": "203.0.113.9"}, more: from("127.0.0.1")},
		{name: "odd", path: "/a%2Fb//c/../d%20e;f=%c3%a4|\"<>", status: 200},
		{name: "head", method: "HEAD", path: "/", status: 200},
		{name: "head-of-gate", method: "HEAD", path: "/hello", status: 200, caddy: &accessLine{Status: 200, Size: 12}, why: "net/http drops the body of HEAD"},
		{name: "options", method: "OPTIONS", path: "/", status: 200},
		{name: "own-method", method: "BREW", path: "/", status: 200},
		{name: "empty", path: "/empty", status: 200},
		{name: "unanswered", path: "/unanswered", status: 200},
		{name: "big", path: "/big", status: 200},
		{name: "hints", path: "/hints", status: 200},
		{name: "created", path: "/status/201", status: 201},
		{name: "no-content", path: "/status/204", status: 204},
		{name: "not-modified", path: "/status/304", status: 304},
		{name: "not-found", path: "/status/404", status: 404},
		{name: "failed", path: "/status/500", status: 500},
		{name: "odd-status", path: "/status/799", status: 799},
		{name: "gate-200", path: "/hello", status: 200},
		{name: "gate-204", path: "/nothing", status: 204},
		{name: "gate-301", path: "/here", status: 301},
		{name: "gate-418", path: "/teapot", status: 418},
		{name: "dead", path: "/dead", status: 502, more: func(t *testing.T, r request) {
			if r.Error == nil || r.Error.Source != "gate" || !strings.Contains(r.Error.Message, "connect") {
				t.Errorf("why the application could not be asked is recorded as %+v", r.Error)
			}
		}},
		{name: "silent", method: "POST", path: "/silent", status: 502},
		{name: "rewritten", path: "/before", status: 200},
		{name: "uri", path: "/v1/users", status: 200},
		{name: "method", path: "/method", status: 200},
		{name: "agent", path: "/agent", status: 200},
		{name: "handle-path", path: "/stripped/page", status: 200},
		{name: "gzip", path: "/gz", status: 200, header: map[string]string{"Accept-Encoding": "gzip"}, more: func(t *testing.T, r request) {
			if r.Bytes > 5000 {
				t.Errorf("%d bytes of a compressed answer", r.Bytes)
			}
		}},
		{name: "not-gzip", path: "/gz", status: 200},
		{name: "file", path: "/static/file", status: 200},
		{name: "file-range", path: "/static/file", status: 206, header: map[string]string{"Range": "bytes=100-299"}},
		{name: "no-range", path: "/static/file", status: 416, header: map[string]string{"Range": "bytes=1000000-"}},
		{name: "no-file", path: "/static/none", status: 404},
		{name: "body", method: "POST", path: "/read", body: strings.Repeat("x", 100_000), status: 200, more: in(100_000)},
		{name: "small-body", method: "PUT", path: "/read", body: "1234567", status: 200, more: in(7)},
		{name: "body-unread", method: "POST", path: "/hello", body: "1234567", status: 200, more: in(0)},
		{name: "limited", method: "POST", path: "/limited", body: strings.Repeat("x", 20), status: 413},
		{name: "slow", path: "/slow", status: 200, more: func(t *testing.T, r request) {
			if ms := time.Duration(held.Load()).Seconds() * 1000; r.DurationMS < ms {
				t.Errorf("recorded %g ms, the application alone took %g", r.DurationMS, ms)
			}
		}},
		{name: "console-closed", path: "/logs/", status: 401},
		{name: "console-open", key: "q", path: "/logs/", status: 200, header: map[string]string{"Authorization": basic}, more: func(t *testing.T, r request) {
			if r.User != "admin" {
				t.Errorf("recorded user %q, want admin", r.User)
			}
		}},
		{name: "console-api", key: "q", path: "/logs/api/v1/events", status: 200, header: map[string]string{"Authorization": basic}},
		{name: "console-other-role", path: "/logs/api/v1/requests", status: 403, header: map[string]string{"Authorization": basic}},
		{name: "cut", path: "/cut", status: 200},
		{name: "cut-chunked", path: "/cut-chunked", status: 200},
		{name: "aborted-by-gate", path: "/abort", caddy: &accessLine{}, why: "a panic before any header", more: func(t *testing.T, r request) {
			if !r.Aborted || r.Bytes != 0 || r.Status != 444 || r.Error != nil {
				t.Errorf("an aborted connection is recorded as %+v, failure %+v", r, r.Error)
			}
		}},
	}
}

// P1: every request is in the server log exactly once, as its client saw it.
// Caddy's own access log is a second witness.
func TestEveryRequestIsRecordedAsItsClientSawIt(t *testing.T) {
	upstream := application(t, shapesApplication)
	g := newGate(t, upstream, setup{caddyfile: strings.ReplaceAll(manyShapes, "{{dead}}", freeAddress(t))})
	if err := os.MkdirAll(filepath.Join(g.dir, "static"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(g.dir, "static", "file"), make([]byte, 300_000), 0o644); err != nil {
		t.Fatal(err)
	}
	g.start()
	g.endWith(t)

	visits := manyVisits()
	plain, proxy := client(nil), client(dialFrom("127.0.0.2"))
	for _, v := range visits {
		v.ask(t, plain, "http://"+g.site)
	}
	forwarded := &visit{name: "forwarded", path: "/", status: 200, header: map[string]string{"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, more: func(t *testing.T, r request) {
		if r.IP != "203.0.113.9" {
			t.Errorf("recorded from %q what a trusted proxy forwarded for 203.0.113.9", r.IP)
		}
	}}
	forwarded.ask(t, proxy, "http://"+g.site)
	visits = append(visits, forwarded)
	for _, path := range []string{"/healthz", "/private/page"} { // these are not recorded
		skipped := &visit{name: "skipped", path: path, status: 200}
		skipped.ask(t, plain, "http://"+g.site)
	}
	plain.CloseIdleConnections()
	proxy.CloseIdleConnections()

	records := g.closedBooks(len(visits), "acme")
	compareAll(t, visits, records)
	compareOracle(t, g, visits, records)
}
