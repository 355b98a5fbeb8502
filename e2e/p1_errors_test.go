package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

const errorPages = `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {` + accessLog + `
	gatebook acme
	error /teapot "short and stout" 418
	error /proxied 501
	error /proxied-with-status 511
	error /file 404
	error /failing 507
	error /failing-again 508
	error /unhandled 505
	error /gz 410
	handle_path /v1/* {
		error 403
	}
	handle /dead {
		reverse_proxy {{dead}}
	}
	handle /failed {
		reverse_proxy {{upstream}} {
			@broken status 500
			handle_response @broken {
				error 500
			}
		}
	}
	reverse_proxy {{upstream}}
	handle_errors 501 {
		rewrite * /error-page
		reverse_proxy {{upstream}}
	}
	handle_errors 511 {
		rewrite * /error-page
		reverse_proxy {{upstream}} {
			replace_status 511
		}
	}
	handle_errors 507 {
		reverse_proxy {{dead}}
	}
	handle_errors 508 {
		error 400
	}
	handle_errors 505 {
		vars nobody answers
	}
	handle_errors 410 {
		encode gzip
		rewrite * /long
		reverse_proxy {{upstream}} {
			replace_status 410
		}
	}
	handle_errors 403 404 418 500 502 {
		respond "{err.status_code} for {http.request.orig_uri.path}, sorry"
	}
}
`

// P1: where a site has error pages, their status and their bytes are recorded.
func TestErrorPagesAreRecordedAsTheirClientsSawThem(t *testing.T) {
	upstream := application(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/error-page":
			io.WriteString(w, "a page that the application has for errors")
		case "/long":
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, strings.Repeat("gone ", 1000))
		case "/failed":
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "a stack trace that nobody shall see")
		default:
			http.NotFound(w, r) // the application's own: no error of the gate
		}
	})
	g := startGate(t, upstream, setup{caddyfile: strings.ReplaceAll(errorPages, "{{dead}}", freeAddress(t))})
	gate := func(t *testing.T, r request) {
		if r.Error == nil || r.Error.Source != "gate" {
			t.Errorf("%s: recorded failure %+v, want the gate's", r.Path, r.Error)
		}
	}
	size := func(n int64) func(*testing.T, request) {
		return func(t *testing.T, r request) {
			if r.Bytes != n {
				t.Errorf("%s: recorded %d bytes, the page has %d", r.Path, r.Bytes, n)
			}
			gate(t, r)
		}
	}
	visits := []*visit{
		{name: "teapot", path: "/teapot", status: 418, more: size(22)},
		{name: "head", method: "HEAD", path: "/teapot", status: 418, caddy: &accessLine{Status: 418, Size: 22}, why: "net/http drops the body of HEAD", more: size(0)},
		{name: "stripped", path: "/v1/users", status: 403, more: size(24)},
		{name: "dead", path: "/dead", status: 502, more: size(20)},
		{name: "handled", path: "/failed", status: 500, more: size(22)},
		// The application answers its page with 200, and so does the gate.
		{name: "proxied", path: "/proxied", status: 200, more: size(42)},
		{name: "proxied-with-status", path: "/proxied-with-status", status: 511, more: size(42)},
		{name: "file", path: "/file", status: 404, more: size(20)},
		{name: "failing", path: "/failing", status: 507, more: size(0)},
		{name: "failing-again", path: "/failing-again", status: 508, more: size(0)},
		// No handler of the error route writes anything.
		{name: "unhandled", path: "/unhandled", status: 505, more: size(0)},
		{name: "gz", path: "/gz", status: 410, header: map[string]string{"Accept-Encoding": "gzip"}, more: func(t *testing.T, r request) {
			if r.Bytes > 1000 {
				t.Errorf("%d bytes of a compressed page", r.Bytes)
			}
		}},
		{name: "own", path: "/none", status: 404, more: func(t *testing.T, r request) {
			if r.Error != nil {
				t.Errorf("the application's own answer is recorded as the failure %+v", r.Error)
			}
		}},
	}
	c := client(nil)
	for _, v := range visits {
		v.ask(t, c, "http://"+g.site)
	}
	records := g.closedBooks(len(visits), "acme")
	compareAll(t, visits, records)
	compareOracle(t, g, visits, records)
}

// neighbours share a port, and so Caddy's server and its error routes.
const neighbours = `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
(plain) {
	error /oops 503
	respond "here is {host}"
}
http://one.test:{{port}} {
	bind 127.0.0.1
	gatebook acme
	import plain
	handle_errors {
		respond "one says {err.status_code}"
	}
}
http://two.test:{{port}} {
	bind 127.0.0.1
	gatebook beta
	import plain
}
http://shared.test:{{port}} {
	bind 127.0.0.1
	gatebook acme
	import plain
}
http://stranger.test:{{port}} {
	bind 127.0.0.1
	import plain
	handle_errors {
		respond "the stranger says {err.status_code}"
	}
}
http://{{site}} {
	gatebook acme
	import plain
}
`

// P1, and a part of P9: sites that share a server, an instance or a process
// are each recorded in their own instance's log and in no other, and a site
// without the directive in none, though error routes are the server's.
func TestEverySiteIsRecordedInItsOwnLog(t *testing.T) {
	listen := freeAddress(t)
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	g := startGate(t, "", setup{caddyfile: strings.ReplaceAll(neighbours, "{{port}}", port)})
	c := client(nil)
	visits := map[string][]*visit{}
	for _, site := range []struct{ host, at, instance string }{
		{"one.test", listen, "acme"}, {"two.test", listen, "beta"}, {"shared.test", listen, "acme"},
		{"stranger.test", listen, "none"}, {"other-port", g.site, "acme"},
	} {
		for path, status := range map[string]int{"/": 200, "/oops": 503} {
			v := &visit{
				name: fmt.Sprintf("%s-%d", site.host, status), path: path, status: status,
				header: map[string]string{"Host": site.host + ":" + port},
				more: func(t *testing.T, r request) {
					if r.Host != site.host+":"+port {
						t.Errorf("recorded host %q, want %q", r.Host, site.host)
					}
				},
			}
			if site.host == "other-port" {
				v.header, v.more = nil, nil
			}
			v.ask(t, c, "http://"+site.at)
			visits[site.instance] = append(visits[site.instance], v)
		}
	}
	compareAll(t, visits["acme"], g.closedBooks(6, "acme"))
	compareAll(t, visits["beta"], g.booksIn("beta"))
}

// P1, P4: what the gate itself refuses, because the application log cannot be
// written, is recorded as its client saw it, and the application never asked.
func TestRefusalsOnStrictPathsAreRecordedAsTheirClientsSawThem(t *testing.T) {
	var acted atomic.Int64
	upstream := application(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/book" {
			acted.Add(1)
		}
		w.Header().Set("X-App-Event", eventJSON("unwritten"))
		io.WriteString(w, "done")
	})
	g := startGate(t, upstream, setup{noConsoles: true, instance: strictPaths, site: `handle_errors {
		respond "{err.status_code}: try again"
	}`})
	g.opened()
	vanished.begin(t, g.data)
	made := 0
	eventually(t, "the log is down", func() bool {
		g.get("/told?k=told")
		made++
		return g.health().ApplicationLog.State == "down"
	})
	refused := &visit{name: "refused", method: "POST", path: "/api/book", body: "desk=23", status: 503, more: func(t *testing.T, r request) {
		if r.Bytes != int64(len("503: try again")) || r.BytesIn != 0 || r.Error == nil || r.Error.Source != "gate" || !strings.Contains(r.Error.Message, "application log") {
			t.Errorf("the refusal is recorded as %+v, %+v", r, r.Error)
		}
	}}
	refused.ask(t, client(nil), "http://"+g.site)
	vanished.end(t, g.data)
	eventually(t, "the log is back", func() bool { return g.health().State == "ok" })

	records := g.closedBooks(made+1, "acme")
	if n := acted.Load(); n != 0 || len(records) != made+1 {
		t.Errorf("the application acted %d times; of %d requests %d are recorded", n, made+1, len(records))
	}
	compareAll(t, []*visit{refused}, slices.DeleteFunc(records, func(r request) bool { return r.Path == "/told" }))
}
