package abuse_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// ownAccounts is an attacker with accounts of their own at one address.
type ownAccounts struct {
	// accounts is how many there are, age how old they are.
	accounts int
	age      string
	// who says which user agents and sessions are used, every how often one of the
	// accounts logs in, pause how long the attacker waits between two requests.
	who   string
	every int
	pause time.Duration
}

// secretFiles returns how many of a thousand requests for secret files pass.
func (o *ownAccounts) secretFiles(t *testing.T) (passed int) {
	g, now := newGate(t, abuse.Config{}), start
	login := func(ip string, i int) {
		i %= o.accounts
		g.login("login", netip.MustParseAddr(ip), fmt.Sprintf("Mozilla/5.0 (own %d)", i), fmt.Sprint("own ", i), true, uint64(i+1), now)
	}
	for i := range o.accounts {
		if o.age == "of two addresses" {
			login("198.51.100.200", i)
		}
		login(attacker.String(), i)
	}
	if o.age == "of yesterday" {
		now = now.Add(25 * time.Hour)
		for i := range o.accounts {
			login(attacker.String(), i)
		}
	}
	for i := range 1000 {
		now = now.Add(o.pause)
		if o.every > 0 && i%o.every == 0 {
			login(attacker.String(), i/o.every)
		}
		r := abuse.Request{Request: missing(attacker, fmt.Sprintf("/.env.%d", i))}
		r.Query, r.UserAgent = "", fmt.Sprintf("Mozilla/5.0 (own %d)", i%5)
		switch o.who {
		case "new agents":
			r.UserAgent = fmt.Sprintf("Mozilla/5.0 (%d)", i)
		case "new agents that were served":
			r.UserAgent = fmt.Sprintf("Mozilla/5.0 (%d)", i)
			page := visit(attacker, "/")
			page.UserAgent = r.UserAgent
			g.ask("page", &abuse.Request{Request: page}, now)
		case "one agent":
			r.UserAgent = "Mozilla/5.0"
		case "new agents and sessions":
			r.UserAgent, r.Session = fmt.Sprintf("Mozilla/5.0 (%d)", i), uint64(100+i)
		case "new agents, their sessions":
			r.UserAgent, r.Session = fmt.Sprintf("Mozilla/5.0 (%d)", i), uint64(i%5+1)
		case "their agents and sessions":
			r.Session = uint64(i%5 + 1)
		}
		if g.ask("attacker", &r, now) {
			passed++
		}
	}
	return passed
}

// Five accounts of one's own open nothing, however old they are: of a thousand secret
// files no more pass than without accounts, whatever user agents and sessions the
// attacker has, and however often one of them logs in.
func TestFiveOwnAccounts(t *testing.T) {
	for _, pause := range []time.Duration{time.Second / 4, 10 * time.Second, time.Minute} {
		none := ownAccounts{who: "one agent", pause: pause}
		allowed := none.secretFiles(t)
		if allowed > 20 {
			t.Errorf("every %s: %d pass", pause, allowed)
		}
		for _, age := range []string{"fresh", "of two addresses", "of yesterday"} {
			for _, who := range []string{"one agent", "their agents", "new agents", "new agents that were served", "new agents and sessions", "new agents, their sessions", "their agents and sessions"} {
				for _, every := range []int{0, 4} {
					o := ownAccounts{5, age, who, every, pause}
					if passed := o.secretFiles(t); passed > allowed {
						t.Errorf("%+v: %d pass, without accounts %d", o, passed, allowed)
					}
				}
			}
		}
	}
}

// At a shared address only the requests for secrets are refused, and a person can undo
// that.
func TestSecretsAtASharedAddress(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	startWork(g, now)
	secret := func(i int) bool {
		now = now.Add(time.Second)
		r := missing(office, fmt.Sprintf("/.env.%d", i))
		r.UserAgent = fmt.Sprint("Mozilla/5.0 ", i)
		return g.ask("attacker", &abuse.Request{Request: r}, now)
	}
	for i := range 40 {
		if passed := secret(i); passed != (i < 5) {
			t.Errorf("secret %d passes: %v", i, passed)
		}
		for u := range 5 {
			r := visit(office, fmt.Sprintf("/desks/%d", i))
			if !g.ask("user", &abuse.Request{Request: r, Session: uint64(u + 1)}, now) {
				t.Fatalf("user %d is refused by %s", u, g.last.Rule)
			}
		}
	}
	if g.last = g.Admit(abuse.Client{Addr: quiet, Method: "GET", Path: "/.env"}, now); g.last.Verdict != record.VerdictPass {
		t.Errorf("another address is refused: %+v", g.last)
	}
	mustDecide(t, g.Detector, office.String(), record.Decision{Decision: record.DecideClear}, now)
	if !secret(41) {
		t.Error("refused after the address was cleared")
	}
}
