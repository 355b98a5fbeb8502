package demo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// witness notes what visitors do to the application.
type witness struct {
	app    http.Handler
	events func(line string) event

	mu     sync.Mutex
	seen   map[string]int
	people map[string]map[string]bool // agents by address
	count  int
	enough func(map[string]int) bool
	stop   context.CancelFunc
}

func (x *witness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	x.app.ServeHTTP(rec, r)
	x.note(r, rec)
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

func (x *witness) note(r *http.Request, rec *httptest.ResponseRecorder) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.count++
	x.seen[fmt.Sprint(rec.Code)]++
	if r.Context().Err() != nil {
		x.seen["aborted"]++
	}
	if strings.HasPrefix(r.URL.Path, "/assets/") {
		x.seen["asset"]++
	}
	for _, line := range rec.Header().Values("X-App-Event") {
		x.seen[x.events(line).Type]++
	}
	from := r.Header.Get("X-Forwarded-For")
	if x.people[from] == nil {
		x.people[from] = make(map[string]bool)
	}
	x.people[from][r.UserAgent()] = true
	if x.enough(x.seen) {
		x.stop()
	}
}

func TestVisitorsDoEverything(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	kinds := []string{
		"login.succeeded", "login.failed", "user.logged_out", "booking.created", "booking.cancelled", "booking.exported",
		"equipment.reported", "building.updated", "object.renamed", "permission.denied", "200", "303", "401", "403", "404", "500", "aborted", "asset",
	}
	check := &site{t: t, ids: make(map[string]bool)}
	x := &witness{
		app: NewApp(AppOptions{}), events: check.parse, seen: make(map[string]int), people: make(map[string]map[string]bool), stop: stop,
		enough: func(seen map[string]int) bool {
			for _, k := range kinds {
				if seen[k] == 0 {
					return false
				}
			}
			return true
		},
	}
	server := httptest.NewServer(x)
	defer server.Close()
	v := &Visitors{Target: server.URL, Rate: maxRate, Seed: 7, Max: 50_000}
	if err := v.Run(ctx); err != nil {
		t.Fatal(err)
	}
	server.Close() // waits for the requests that visitors gave up
	t.Logf("%d requests: %v", x.count, x.seen)
	for _, k := range kinds {
		if x.seen[k] == 0 {
			t.Errorf("nobody did %s", k)
		}
	}
	agents := make(map[string]bool)
	for from, with := range x.people {
		if many := from == colleaguesAddress; many != (len(with) > 1) || !documentation(from) {
			t.Errorf("%q came with %d user agents", from, len(with))
		}
		for a := range with {
			agents[a] = true
		}
	}
	if len(x.people) < visitorCount-3 || len(agents) < 6 {
		t.Errorf("%d addresses with %d user agents", len(x.people), len(agents))
	}
}

func documentation(s string) bool {
	ip, err := netip.ParseAddr(s)
	for _, p := range []string{"203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32"} {
		if err == nil && netip.MustParsePrefix(p).Contains(ip) {
			return true
		}
	}
	return false
}

func TestAddressesDiffer(t *testing.T) {
	seen := make(map[netip.Prefix]bool)
	all := []string{colleaguesAddress, scannerAddress, passwordGuesserAddress, floodAddress}
	for i := range visitorCount {
		all = append(all, address(i))
	}
	for _, one := range all {
		ip := netip.MustParseAddr(one)
		bits := 32
		if ip.Is6() {
			bits = 64
		}
		if p := netip.PrefixFrom(ip, bits).Masked(); seen[p] || !documentation(ip.String()) {
			t.Errorf("%s is taken or no address for examples", p)
		} else {
			seen[p] = true
		}
	}
}

// A flood has its end, and each of its requests is new to a cache.
func TestFlood(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := strconv.ParseUint(r.URL.RawQuery, 10, 64); err != nil || r.URL.Path != "/" || r.Header.Get("X-Forwarded-For") != floodAddress {
			t.Errorf("%s from %q", r.URL, r.Header.Get("X-Forwarded-For"))
		}
		seen[r.URL.RawQuery] = true
	}))
	defer server.Close()
	target, err := parseTarget(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	flood{requests: 100, interval: time.Microsecond, clients: 4}.run(t.Context(), &traffic{target: target, client: server.Client(), over: over}, 0)
	if len(seen) != 100 {
		t.Errorf("%d different requests, want 100", len(seen))
	}
	close(over)
	flood{after: time.Hour}.run(t.Context(), &traffic{over: over}, 0) // ends with the visit
}

func TestVisitorsKeepToMax(t *testing.T) {
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
	}))
	defer server.Close()
	if err := (&Visitors{Target: server.URL, Rate: maxRate, Max: 60, Client: server.Client()}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n != 60 {
		t.Errorf("%d requests, want 60", n)
	}
}

func TestVisitorsStayOnLoopback(t *testing.T) {
	for _, target := range []string{
		"http://example.com", "http://203.0.113.7:8080", "https://127.0.0.1:8443", "127.0.0.1:8080", "", "http://", "http://127.0.0.1.example.com",
		"http://localhost.example.com", "http://u@127.0.0.1", "http://0.0.0.0:80", "http://127.0.0.1/path", "http://[::ffff:192.0.2.1]:80", "http://\x00",
	} {
		err := (&Visitors{Target: target, Max: 1}).Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "visitors' target") {
			t.Errorf("%q: %v", target, err)
		}
	}
	for _, target := range []string{"http://127.0.0.1:8080", "http://[::1]:8080/", "http://localhost", "http://127.9.9.9:1"} {
		if _, err := parseTarget(target); err != nil {
			t.Errorf("%q: %v", target, err)
		}
	}
	for address, ok := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true, "192.0.2.1:80": false, "0.0.0.0:80": false, "host:80": false} {
		if err := onlyLoopback("tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestVisitorsDoNotFollowElsewhere(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a visitor was led astray")
	}))
	defer elsewhere.Close()
	hosts := []string{elsewhere.URL + "/x", strings.TrimPrefix(elsewhere.URL, "http:") + "/y"}
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		w.Header().Set("Location", hosts[n%2])
		w.WriteHeader(http.StatusSeeOther)
	}))
	defer server.Close()
	if err := (&Visitors{Target: server.URL, Rate: maxRate, Max: 40}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestVisitorsOfNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := "http://" + l.Addr().String()
	l.Close()
	err = (&Visitors{Target: target, Rate: maxRate, Max: visitorCount}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "none of 25 requests was answered") {
		t.Errorf("%v", err)
	}
}

func TestVisitorsOutliveARestart(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if n++; n <= visitorCount {
			panic(http.ErrAbortHandler)
		}
		if n == 2*visitorCount {
			stop()
		}
	}))
	defer server.Close()
	if err := (&Visitors{Target: server.URL, Rate: maxRate}).Run(ctx); err != nil {
		t.Error(err)
	}
	if n < 2*visitorCount {
		t.Errorf("the visitors gave up after %d requests", n)
	}
}

func TestVisitorsLeaveWhenTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done() // a gate that hangs
	}))
	defer server.Close()
	if err := (&Visitors{Target: server.URL, Rate: maxRate}).Run(ctx); err != nil {
		t.Error(err)
	}
}
