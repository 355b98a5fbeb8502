//go:build !race

// Under the race detector pools forget at random, and everything allocates
// more: `make test` runs this package without it.

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/gatebook/gatebook/plugin"
)

// The configurations that are compared. Each is a whole Caddy server with a
// reverse proxy whose upstream answers from memory, so that what differs is
// what the logs cost.
const (
	plain    = "plain"
	gatebook = "gatebook"
	jsonLog  = "caddy_json_log"
)

func BenchmarkRequest(b *testing.B) {
	for _, name := range []string{plain, gatebook, jsonLog} {
		b.Run(name, func(b *testing.B) {
			srv := serve(b, name)
			b.ReportAllocs()
			for b.Loop() {
				ask(srv)
			}
		})
	}
}

// TestRequestAllocations holds the recorder to its budget: allocations are
// exact, unlike times.
func TestRequestAllocations(t *testing.T) {
	plainCost := cost(t, plain)
	ours := cost(t, gatebook)
	theirs := cost(t, jsonLog)
	t.Logf("over plain (%v): gatebook %v, Caddy's JSON log %v", plainCost, ours.minus(plainCost), theirs.minus(plainCost))
	over := ours.minus(plainCost)
	if math.Round(over.allocs) > mostAllocs || over.bytes > mostBytes {
		t.Errorf("the recorder costs %v a request over plain; the bar is %d allocations and %d bytes", over, mostAllocs, mostBytes)
	}
}

// The bar. One allocation of 48 bytes is the handler's slot in Caddy's chain.
// What is less than half an allocation is the background's, which all the
// requests of a batch share.
const (
	mostAllocs = 2
	mostBytes  = 256
)

type price struct{ allocs, bytes float64 }

func (p price) minus(q price) price { return price{p.allocs - q.allocs, p.bytes - q.bytes} }

func (p price) String() string { return fmt.Sprintf("%.1f allocations, %.0f bytes", p.allocs, p.bytes) }

// cost is what one request allocates in the process, background work included:
// the least of many rounds, since what happens once (patterns compiled, buffers
// grown to their size) can only add.
func cost(t *testing.T, name string) price {
	srv := serve(t, name)
	least := price{math.Inf(1), math.Inf(1)}
	for range 16 {
		p := round(srv)
		least = price{min(least.allocs, p.allocs), min(least.bytes, p.bytes)}
	}
	return least
}

func round(srv http.Handler) price {
	const runs = 10_000
	var before, after runtime.MemStats
	runtime.GC()
	// A collection empties the pools of Caddy, us and the tests alike, and how
	// many there are in a round is chance.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.ReadMemStats(&before)
	for range runs {
		ask(srv)
	}
	runtime.ReadMemStats(&after)
	return price{
		float64(after.Mallocs-before.Mallocs) / runs,
		float64(after.TotalAlloc-before.TotalAlloc) / runs,
	}
}

// serve loads a configuration and returns its server.
func serve(tb testing.TB, name string) http.Handler {
	tb.Helper()
	dir := tb.TempDir()
	chain := `{"handler":"reverse_proxy","upstreams":[{"dial":"memory:1"}],"transport":{"protocol":"memory"}}`
	logs, logging := "", `"logging":{"logs":{"default":{"level":"ERROR"}}},`
	switch name {
	case gatebook:
		chain = `{"handler":"gatebook"},` + chain
	case jsonLog:
		logs = `"logs":{"default_logger_name":"access"},`
		logging = fmt.Sprintf(`"logging":{"logs":{"default":{"level":"ERROR","exclude":["http.log.access.access"]},
			"access":{"writer":{"output":"file","filename":%q},"include":["http.log.access.access"]}}},`, filepath.Join(dir, "access.log"))
	}
	config := fmt.Sprintf(`{"admin":{"disabled":true},%s"apps":{
		"gatebook":{"data_dir":%q},
		"http":{"servers":{"bench":{"listen":["127.0.0.1:0"],"automatic_https":{"disable":true},%s"routes":[{"handle":[%s]}]}}}}}`,
		logging, filepath.Join(dir, "data"), logs, chain)
	var cfg caddy.Config
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		tb.Fatal(err)
	}
	if err := caddy.Run(&cfg); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			tb.Error(err)
		}
	})
	app, err := caddy.ActiveContext().App("http")
	if err != nil {
		tb.Fatal(err)
	}
	return app.(*caddyhttp.App).Servers["bench"]
}

func ask(srv http.Handler) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/desks/23?day=mon", nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Referer", "https://booking.example.com/")
	srv.ServeHTTP(new(sink), r)
}

// sink is a response writer that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Flush()                      {}

func init() { caddy.RegisterModule(memory{}) }

// memory is a transport that answers without a network.
type memory struct{}

func (memory) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.memory", New: func() caddy.Module { return new(memory) }}
}

func (memory) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"text/html"}, "Content-Length": {"5"}},
		ContentLength: 5,
		Body:          io.NopCloser(strings.NewReader("hello")),
	}, nil
}
