package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// floodSettings are those of a gate that enforces, behind a proxy, in front of an
// application with sessions.
var floodSettings = setup{global: behindProxy, noConsoles: true, instance: "abuse {\n\t\t\tmode enforce\n\t\t}\n\t\tapplication_log {\n\t\t\tsession_cookie sid\n\t\t}"}

// person is a user of the application.
func person(n int) (ip string, header map[string]string) {
	return fmt.Sprintf("203.0.113.%d", 10+n), map[string]string{"Cookie": fmt.Sprintf("sid=u%d", n)}
}

// logIn has a user log in.
func (g *gate) logIn(n int) {
	g.t.Helper()
	ip, _ := person(n)
	if res := g.from(ip, fmt.Sprintf("/login?who=u%d", n), nil); res.StatusCode != http.StatusOK {
		g.t.Fatalf("a login is answered %d", res.StatusCode)
	}
}

// loggedIn answers a login of a user, as an application does.
func loggedIn(w http.ResponseWriter, r *http.Request) {
	who := r.URL.Query().Get("who")
	w.Header().Set("Set-Cookie", "sid="+who)
	w.Header().Set("X-App-Event", fmt.Sprintf(`{"category":"login","type":"login.succeeded","text":"A login.","initiator":{"id":%q}}`, who))
}

// flooder is the address of one of the clients of a flood.
func flooder(n int) string { return fmt.Sprintf("198.18.%d.%d", n/250, 1+n%250) }

// usualLoad is what a gate has stored that has seen two requests a second for hours.
func usualLoad() record.Learned {
	var f counter.Flood
	for second := range int64(2 * 3600) {
		for range 2 {
			f.Count(second * int64(time.Second))
		}
	}
	return record.Learned{Name: []byte("load"), Value: f.TakeChanged()}
}

// While an application does not answer, it gets a small part of a flood from 2,000
// addresses. Those who logged in are served, the others are told when to come again,
// and then they are. What is usual is known after a restart.
func TestADistributedFlood(t *testing.T) {
	const clients, people = 2000, 20
	release := make(chan struct{})
	var inFlight, most atomic.Int64
	g := newGate(t, application(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login":
			loggedIn(w, r)
		case r.Header.Get("Cookie") == "":
			most.Store(max(most.Load(), inFlight.Add(1)))
			defer inFlight.Add(-1)
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}), floodSettings)
	released := sync.OnceFunc(func() { close(release) })
	defer released()
	g.start()
	g.opened()
	g.stop()
	log, err := applog.Open(filepath.Join(g.data, "acme", "app"), applog.Options{})
	must(t, err)
	must(t, log.PutLearned(t.Context(), 1, []record.Learned{usualLoad()}))
	must(t, log.Close())
	g.start()
	g.endWith(t)
	g.opened()
	for n := range people {
		g.logIn(n)
	}

	refusals := make(chan *http.Response, clients)
	var flood sync.WaitGroup
	var next, answered atomic.Int64
	for range 600 { // so many at once
		flood.Go(func() {
			for n := next.Add(1); n <= clients; n = next.Add(1) {
				res, err := g.tryFrom(flooder(int(n)), "/", nil)
				answered.Add(1)
				if err == nil && res.StatusCode != http.StatusOK {
					refusals <- res
				}
			}
		})
	}
	eventually(t, "the flood is refused", func() bool { return answered.Load() > clients/4 })
	for n := range people {
		for range 5 {
			ip, header := person(n)
			if res := g.from(ip, "/", header); res.StatusCode != http.StatusOK {
				t.Errorf("user %d gets %d", n, res.StatusCode)
			}
		}
	}
	eventually(t, "most of the flood is answered", func() bool { return answered.Load() > clients/2 })
	if n := most.Load(); n == 0 || n > clients/4 {
		t.Errorf("%d requests of strangers are in flight at once", n)
	}
	released()
	flood.Wait()
	close(refusals)
	refused := 0
	var least time.Duration
	var first string
	for res := range refusals {
		refused++
		wait := retryAfter(t, res)
		if least == 0 || wait < least {
			least, first = wait, res.Request.Header.Get("X-Forwarded-For")
		}
	}
	if refused < clients/2 {
		t.Fatalf("%d of %d are refused", refused, clients)
	}
	g.comeAgain(first, least)
}

// retryAfter is how long the client of a refused request is to wait.
func retryAfter(t *testing.T, res *http.Response) time.Duration {
	t.Helper()
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable || err != nil || seconds < 1 || seconds > 120 {
		t.Fatalf("refused with %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	return time.Duration(seconds) * time.Second
}

// comeAgain has a refused client come again as it is told to. If the application bears
// less than it did, the client may be told to wait further.
func (g *gate) comeAgain(ip string, wait time.Duration) {
	g.t.Helper()
	for range 4 {
		at := time.Now().Add(wait)
		eventually(g.t, "Retry-After is over", func() bool { return !time.Now().Before(at) })
		res := g.from(ip, "/", nil)
		if res.StatusCode == http.StatusOK {
			return
		}
		wait = retryAfter(g.t, res)
	}
	g.t.Errorf("%s is refused again and again, although it waits", ip)
}
