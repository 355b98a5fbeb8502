//go:build attack

package e2e

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestDistributedFlood measures the latency of people with standing without a flood
// and during one: 2,000 clients ask four times as often as the application can
// answer. It depends on the speed of the machine, so it is no part of the other tests.
func TestDistributedFlood(t *testing.T) {
	const (
		people, clients = 20, 2000
		workers         = 4
		work            = 20 * time.Millisecond
		calm, flood     = 90 * time.Second, 60 * time.Second
		offered         = 800 // requests a second of the flood
	)
	free := make(chan struct{}, workers)
	var served, inFlight, most atomic.Int64
	g := startGate(t, application(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			loggedIn(w, r)
			return
		}
		if r.Header.Get("Cookie") == "" {
			served.Add(1)
			most.Store(max(most.Load(), inFlight.Add(1)))
			defer inFlight.Add(-1)
		}
		select {
		case free <- struct{}{}:
			defer func() { <-free }()
			<-time.After(work) // what the work takes
		case <-r.Context().Done():
		}
	}), floodSettings)
	for n := range people {
		g.logIn(n)
	}

	var mu sync.Mutex
	var latencies []time.Duration
	refused := 0
	stop := make(chan struct{})
	var all sync.WaitGroup
	every := func(interval time.Duration, f func()) {
		all.Go(func() {
			tick := time.NewTicker(interval)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					f()
				}
			}
		})
	}
	for n := range people {
		ip, header := person(n)
		every(500*time.Millisecond+time.Duration(n)*7*time.Millisecond, func() {
			began := time.Now()
			res, err := g.tryFrom(ip, "/", header)
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, time.Since(began))
			if err != nil || res.StatusCode != http.StatusOK {
				refused++
			}
		})
	}
	after := func(d time.Duration) (p50, p95 time.Duration, n int) {
		<-time.After(d)
		mu.Lock()
		defer mu.Unlock()
		list := latencies
		latencies = nil
		slices.Sort(list)
		return list[len(list)/2], list[len(list)*95/100], len(list)
	}
	after(calm / 2) // connections are open, and what is usual is known
	calm50, calm95, n := after(calm / 2)
	t.Logf("without a flood: p50 %s, p95 %s of %d requests", calm50, calm95, n)

	var asked, told atomic.Int64
	slots := make(chan struct{}, 1000)
	every(10*time.Millisecond, func() {
		for range offered / 100 {
			select {
			case slots <- struct{}{}:
			default:
				return
			}
			all.Go(func() {
				defer func() { <-slots }()
				asked.Add(1)
				res, err := g.tryFrom(flooder(rand.IntN(clients)), "/", nil)
				if err == nil && res.StatusCode != http.StatusOK {
					told.Add(1)
					retryAfter(t, res)
				}
			})
		}
	})
	first50, first95, n := after(10 * time.Second)
	t.Logf("in its first ten seconds: p50 %s, p95 %s of %d requests", first50, first95, n)
	during50, during95, n := after(flood)
	t.Logf("then: p50 %s, p95 %s of %d requests; of the flood, %d asked, %d were refused, %d served, %d at once",
		during50, during95, n, asked.Load(), told.Load(), served.Load(), most.Load())
	close(stop)
	all.Wait()
	if refused > 0 {
		t.Errorf("people are refused %d times", refused)
	}
	if during95 > calm95*3/2 {
		t.Errorf("the p95 of people is %s, and was %s: %.2f times", during95, calm95, float64(during95)/float64(calm95))
	}
	if told.Load() < asked.Load()/2 {
		t.Errorf("%d of %d requests of the flood are refused", told.Load(), asked.Load())
	}
	g.comeAgain(flooder(clients+1), time.Second)
}
