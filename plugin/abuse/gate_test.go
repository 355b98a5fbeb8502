package abuse_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// gate is a detector in front of a simulated application, in simulated time.
type gate struct {
	*abuse.Detector
	// refused counts refusals by client.
	refused map[string]int
	// rules are those that refused, by path and client.
	rules map[string]string
	last  abuse.Verdict
}

func newGate(t *testing.T, c abuse.Config) *gate {
	c.Enforce = true
	return &gate{Detector: newDetector(t, c), refused: map[string]int{}, rules: map[string]string{}}
}

// ask sends a request and reports whether it passed.
func (g *gate) ask(who string, r *abuse.Request, now time.Time) bool {
	g.last = g.Admit(abuse.Client{Addr: r.IP, UserAgent: r.UserAgent, Session: r.Session, Method: r.Method, Path: r.Path, Query: r.Query, Caused: r.CrossSite || r.Subresource}, now)
	if g.last.Verdict != record.VerdictPass {
		g.refused[who]++
		g.rules[g.last.Rule+" "+r.Path+" "+who] = now.Sub(start).String()
		refused := *r.Request
		refused.Verdict, refused.Status = g.last.Verdict, 429
		g.Observe(&abuse.Request{Request: &refused, Session: r.Session}, now)
		return false
	}
	g.Observe(r, now)
	return true
}

// login sends a login, and reports its outcome to the detector. The session is that
// of the cookie that a failure was sent with, or that a success sets.
func (g *gate) login(who string, ip netip.Addr, agent, account string, success bool, session uint64, now time.Time) bool {
	r := visit(ip, "/login")
	r.Method, r.UserAgent, r.Status = "POST", agent, 302
	sent := abuse.Request{Request: r}
	if !success {
		r.Status, sent.Session = 401, session
	}
	if !g.ask(who, &sent, now) {
		return false
	}
	g.Login(&abuse.LoginEvent{Addr: ip, UserAgent: agent, Account: account, Success: success, Path: "/login", Session: session}, now)
	return true
}

// know makes an account one that the instance knows: it logged in elsewhere, too.
func (g *gate) know(account string, now time.Time) {
	for _, ip := range []string{"192.0.2.200", "192.0.2.201"} {
		g.Login(&abuse.LoginEvent{Addr: netip.MustParseAddr(ip), UserAgent: browser, Account: account, Success: true, Path: "/login"}, now)
	}
}

func addressOf(ip netip.Addr) record.FlagSubject {
	return record.FlagSubject{Kind: record.AddressSubject, Value: abuse.PrefixOf(ip).String()}
}

// provoke breaks a rule that blocks.
func provoke(g *gate, ip netip.Addr, now time.Time) {
	g.ask("attacker", &abuse.Request{Request: missing(ip, "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php")}, now)
}

func (g *gate) verdict(ip netip.Addr, now time.Time) record.Verdict {
	return g.Admit(abuse.Client{Addr: ip, UserAgent: browser, Path: "/"}, now).Verdict
}

// probe asks for missing pages, until its user agent is throttled.
func probe(g *gate, ip netip.Addr, agent string, now time.Time) {
	for i := range 12 {
		r := missing(ip, fmt.Sprint("/missing/", i))
		r.UserAgent = agent
		g.ask("prober", &abuse.Request{Request: r}, now)
	}
}

// passes reports whether so many requests of a client pass at once.
func (g *gate) passes(ip netip.Addr, agent string, session uint64, now time.Time) bool {
	for range 8 {
		if g.Admit(abuse.Client{Addr: ip, UserAgent: agent, Session: session, Path: "/"}, now).Verdict != record.VerdictPass {
			return false
		}
	}
	return true
}

func mustDecide(t *testing.T, d *abuse.Detector, subject string, what record.Decision, now time.Time) {
	t.Helper()
	what.By = "sec"
	if _, err := d.Decide(record.FlagSubject{Kind: record.AddressSubject, Value: subject}, what, now); err != nil {
		t.Fatal(err)
	}
}
