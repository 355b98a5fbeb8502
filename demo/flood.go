package demo

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const floodAddress = "2001:db8:f10d::1"

// flood is a short one, from one address. Each request has another number in
// its query, so that no cache could answer it.
type flood struct {
	after    time.Duration
	requests int
	interval time.Duration
	// clients is how many requests are under way at most: where they are slow,
	// the flood is so much thinner.
	clients int
}

// theFlood is seven seconds long, as many as it takes for a flood of the whole
// instance: 100 requests a second over some ten seconds, and eight times what
// was usual. It comes late, because a flood of the first minutes would be taken
// for usual itself. Few of its requests reach the application: the address is
// throttled after the first ones.
var theFlood = flood{after: 4 * time.Minute, requests: 2000, interval: 3333 * time.Microsecond, clients: 8}

// run floods once, and ends early when the visit is over.
func (f flood) run(ctx context.Context, t *traffic, seed uint64) {
	if !t.sleep(ctx, f.after) {
		return
	}
	rng := rand.New(rand.NewPCG(seed, 1000))
	queries := make(chan int)
	var clients sync.WaitGroup
	for range f.clients {
		clients.Go(func() {
			for n := range queries {
				t.flood(ctx, n)
			}
		})
	}
	tick := time.NewTicker(f.interval)
	defer tick.Stop()
	defer clients.Wait()
	defer close(queries)
	for range f.requests {
		select {
		case <-ctx.Done():
			return
		case <-t.over:
			return
		case <-tick.C:
			queries <- 10_000_000 + rng.IntN(90_000_000)
		}
	}
}

// flood sends one request of a flood; what became of it, do counts.
func (t *traffic) flood(ctx context.Context, n int) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.target.JoinPath("/").String()+"?"+strconv.Itoa(n), nil)
	if err != nil {
		return
	}
	req.Header.Set("User-Agent", agents[2])
	req.Header.Set("X-Forwarded-For", floodAddress)
	resp, err := t.do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // keeps the connection
}
