package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"
)

const (
	defaultRate  = 10   // requests per second
	maxRate      = 2000 // this is no load generator
	visitorCount = 25   // visitors with an address each
)

// Visitors plays people using the site until its context ends: individuals, a branch
// office behind one address, a scanner, a password guesser, and after
// some minutes a short flood. What each of them does follows from Seed; how they
// meet does not.
type Visitors struct {
	// Target is the gate's address, such as "http://127.0.0.1:8080". It must
	// be this machine: nothing else is ever connected to.
	Target string
	// Rate bounds the requests per second of all visitors together, at most
	// 2000, but for the flood. In everyday use they want two thirds of it. Default: 10.
	Rate float64
	// Client makes the connections; its Jar and CheckRedirect are not used.
	// Default: one that refuses to dial anything but loopback.
	Client *http.Client
	Seed   uint64
	// Max ends the visit after so many requests, not counting the flood's; 0
	// means no end.
	Max int
}

// Run returns nil when ctx ends or Max is reached. Requests that fail, as they
// do while a gate restarts, are passed over; Run returns the last failure only
// if no request was ever answered.
func (v *Visitors) Run(ctx context.Context) error {
	target, err := parseTarget(v.Target)
	if err != nil {
		return err
	}
	rate := v.Rate
	if rate <= 0 {
		rate = defaultRate
	}
	t := &traffic{
		target: target, client: v.client(), turns: make(chan struct{}), over: make(chan struct{}),
		mean: time.Duration(float64(time.Second) / min(rate, maxRate)),
	}
	var visit sync.WaitGroup
	for _, guest := range everybody(t, v.Seed) {
		visit.Go(func() { guest.stay(ctx) })
	}
	visit.Go(func() { theFlood.run(ctx, t, v.Seed) })
	t.deal(ctx, v.Max, rand.New(rand.NewPCG(v.Seed, visitorCount)))
	visit.Wait()
	return t.verdict()
}

func everybody(t *traffic, seed uint64) []*visitor {
	guests := attackers(t, seed)
	for i := range visitorCount {
		guests = append(guests, newVisitor(t, i, seed))
	}
	for i := range colleagues {
		guests = append(guests, newColleague(t, i, seed))
	}
	return guests
}

// client keeps redirects for the visitor to follow: each is a request that
// counts, and none may lead elsewhere.
func (v *Visitors) client() *http.Client {
	c := http.Client{Timeout: 15 * time.Second}
	if v.Client != nil {
		c = *v.Client
	} else {
		dialer := &net.Dialer{Timeout: 5 * time.Second, Control: onlyLoopback}
		c.Transport = &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: visitorCount + len(colleagues), IdleConnTimeout: time.Minute}
	}
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// parseTarget accepts plain HTTP to this machine and nothing else.
func parseTarget(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("reading the visitors' target: %w", err)
	}
	if u.Scheme != "http" || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("the visitors' target %q is no address: give one like http://127.0.0.1:8080", s)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
		return nil, fmt.Errorf("the visitors' target %q is not this machine: they visit loopback addresses only, such as http://127.0.0.1:8080", s)
	}
	return u, nil
}

// onlyLoopback holds even where "localhost" resolves to something else.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("visiting %s: %w", address, err)
	}
	if !ap.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("visiting %s: not a loopback address", address)
	}
	return nil
}

// errNoTurns tells a visitor that there are no more turns.
var errNoTurns = errors.New("the visit is over")

// traffic is what all visitors share: each request takes a turn.
type traffic struct {
	target *url.URL
	client *http.Client
	turns  chan struct{}
	over   chan struct{} // closed when there are no more turns
	mean   time.Duration // between two turns

	mu       sync.Mutex
	sent     int
	answered int
	lastErr  error
}

// deal hands out turns, one every mean on average, until ctx ends or there
// were most of them.
func (t *traffic) deal(ctx context.Context, most int, rng *rand.Rand) {
	defer close(t.over)
	defer close(t.turns)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 0; most == 0 || n < most; n++ {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		select {
		case <-ctx.Done():
			return
		case t.turns <- struct{}{}:
		}
		timer.Reset(t.mean/2 + time.Duration(rng.Int64N(int64(t.mean))))
	}
}

// turn waits for permission to send one request.
func (t *traffic) turn(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return errNoTurns
	case _, ok := <-t.turns:
		if !ok {
			return errNoTurns
		}
		return nil
	}
}

// sleep reports whether it was long enough: the visit goes on.
func (t *traffic) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.over:
		return false
	case <-timer.C:
		return true
	}
}

// do sends a request and counts what became of it. One that its visitor gave
// up is no failure.
func (t *traffic) do(req *http.Request) (*http.Response, error) {
	resp, err := t.client.Do(req)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent++
	switch {
	case err == nil:
		t.answered++
	case req.Context().Err() == nil:
		t.lastErr = err
	}
	return resp, err
}

func (t *traffic) verdict() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.answered > 0 || t.lastErr == nil {
		return nil
	}
	return fmt.Errorf("visiting %s: none of %d requests was answered: %w", t.target, t.sent, t.lastErr)
}
