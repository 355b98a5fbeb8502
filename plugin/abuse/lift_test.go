package abuse_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

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

// What three neighbours did throttles their /48, but nobody in it of whom more is
// known: not an office, and not who is logged in.
func TestNeighboursOfAnOffice(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	desk, home, street := netip.MustParseAddr("2001:db8:bb:77::5"), netip.MustParseAddr("2001:db8:bb:78::5"), netip.MustParseAddr("2001:db8:bb:79::5")
	for u := range 5 {
		g.login("user", desk, browser, fmt.Sprint(u), true, uint64(u+1), now)
	}
	g.login("user", home, browser, "at home", true, 9, now)
	for n := range 3 {
		provoke(g, netip.MustParseAddr(fmt.Sprintf("2001:db8:bb:%d::6", n+1)), now)
	}
	if !g.passes(desk, "a guest's", 0, now) || !g.passes(desk, browser, 3, now) || !g.passes(home, browser, 9, now) {
		t.Error("the office, or who is logged in, is refused")
	}
	for ip, session := range map[netip.Addr]uint64{desk: 0, home: 9} {
		if state := g.StateOf(abuse.Client{Addr: ip, UserAgent: browser, Session: session}, now); state != "" {
			t.Errorf("%s is %s", ip, state)
		}
	}
	if v := g.verdict(street, now); v != record.VerdictThrottle {
		t.Errorf("a stranger among them: %s", v)
	}
}

// What one user agent, or a form, is throttled for is nothing against neighbours.
func TestNarrowThrottlesDoNotEscalate(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	for n := range 3 {
		probe(g, netip.MustParseAddr(fmt.Sprintf("2001:db8:aa:%d::1", n+1)), "one odd agent", now)
	}
	for n := range 3 {
		for range 10 {
			g.login("guesser", netip.MustParseAddr(fmt.Sprintf("2001:db8:aa:%d::1", n+11)), browser, "anna", false, 0, now)
		}
	}
	if f, _ := g.Flag(addressOf(netip.MustParseAddr("2001:db8:aa:1::1"))); f.Scope != "agent" {
		t.Errorf("the flag is %+v", f)
	}
	if next := netip.MustParseAddr("2001:db8:aa:9::1"); !g.passes(next, browser, 0, now) || !g.login("neighbour", next, browser, "bert", true, 0, now) {
		t.Error("a neighbour is refused")
	}
}

// A false positive is none of the three.
func TestForgivenNeighbours(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	for n := range 3 {
		ip := netip.MustParseAddr(fmt.Sprintf("2001:db8:cc:%d::6", n+1))
		provoke(g, ip, now)
		if n < 2 {
			mustDecide(t, g.Detector, ip.String(), record.Decision{Decision: record.DecideFalsePositive}, now)
		}
	}
	if !g.passes(netip.MustParseAddr("2001:db8:cc:9::1"), browser, 0, now) {
		t.Error("a neighbour is refused")
	}
	for n := range 2 {
		provoke(g, netip.MustParseAddr(fmt.Sprintf("2001:db8:cc:%d::6", n+4)), now)
	}
	if g.passes(netip.MustParseAddr("2001:db8:cc:9::1"), browser, 0, now) {
		t.Error("three others do not escalate")
	}
}

// A foreign page whose visitors send logins gets none of them banned.
func TestLoginsThatAnotherSiteCaused(t *testing.T) {
	g := newGate(t, abuse.Config{})
	for i := range 8 {
		g.Login(&abuse.LoginEvent{Addr: attacker, UserAgent: browser, Account: fmt.Sprint("c", i), Path: "/login", CrossSite: true}, start)
	}
	f, ok := g.Flag(addressOf(attacker))
	if !ok || f.State != record.FlagThrottled || g.verdict(attacker, start) != record.VerdictPass {
		t.Errorf("%+v, and another page is answered by %s", f, g.verdict(attacker, start))
	}
	for i := range 6 {
		g.Login(&abuse.LoginEvent{Addr: attacker, UserAgent: browser, Account: fmt.Sprint("d", i), Path: "/login"}, start)
	}
	if g.verdict(attacker, start) != record.VerdictBan {
		t.Error("who does it without another site is not banned")
	}
}

// What a person decides about who is banned by a rule takes the ban's place.
func TestAPersonReplacesABan(t *testing.T) {
	for name, c := range map[string]struct {
		decision record.Decision
		now      record.Verdict
		later    record.Verdict
	}{
		"a throttle":    {record.Decision{Decision: record.DecideThrottle, Until: start.Add(time.Hour)}, record.VerdictThrottle, record.VerdictPass},
		"a shorter ban": {record.Decision{Decision: record.DecideBan, Until: start.Add(2 * time.Second)}, record.VerdictBan, record.VerdictPass},
		"an allowance":  {record.Decision{Decision: record.DecideAllow}, record.VerdictPass, record.VerdictPass},
	} {
		g := newGate(t, abuse.Config{})
		provoke(g, attacker, start)
		mustDecide(t, g.Detector, attacker.String(), c.decision, start)
		again := newGate(t, abuse.Config{})
		again.Restore(g.TakeChanged(), start)
		for which, g := range map[string]*gate{"": g, ", after a restart": again} {
			if v := g.verdict(attacker, start); v != c.now {
				t.Errorf("%s%s: %s", name, which, v)
			}
			if v := g.verdict(attacker, start.Add(3*time.Second)); v != c.later {
				t.Errorf("%s%s, 3 s later: %s", name, which, v)
			}
		}
	}
}

// Who is cleared is free, by whichever identity they were held up, and whether the
// address or its range is cleared.
func TestClearingFrees(t *testing.T) {
	for _, subject := range []string{attacker.String(), "198.51.100.0/24"} {
		for _, kind := range []record.DecisionKind{record.DecideClear, record.DecideFalsePositive, record.DecideAllow} {
			g := newGate(t, abuse.Config{})
			probe(g, attacker, "one odd agent", start)
			neighbour := netip.MustParseAddr("198.51.100.67")
			provoke(g, neighbour, start)
			if g.passes(attacker, "one odd agent", 0, start) {
				t.Fatal("the prober is not held up")
			}
			mustDecide(t, g.Detector, subject, record.Decision{Decision: kind}, start)
			if !g.passes(attacker, "one odd agent", 0, start) {
				t.Errorf("%s of %s frees nobody", kind, subject)
			}
			free := strings.Contains(subject, "/")
			if got := g.verdict(neighbour, start) == record.VerdictPass; got != free {
				t.Errorf("%s of %s: the neighbour is free: %v", kind, subject, got)
			}
			if f, _ := g.Flag(addressOf(neighbour)); kind != record.DecideAllow && (f.State == record.FlagCleared) != free {
				t.Errorf("%s of %s: the neighbour's flag is %s", kind, subject, f.State)
			}
		}
	}
}

// To clear an address frees nobody while a range that it is in is banned, and says so.
func TestClearingWithinABannedRange(t *testing.T) {
	g := newGate(t, abuse.Config{})
	mustDecide(t, g.Detector, "198.51.100.0/24", record.Decision{Decision: record.DecideBan}, start)
	for _, kind := range []record.DecisionKind{record.DecideClear, record.DecideFalsePositive} {
		_, err := g.Decide(addressOf(attacker), record.Decision{Decision: kind, By: "sec"}, start)
		if err == nil || !strings.Contains(err.Error(), "ban of 198.51.100.0/24 goes on") || !strings.Contains(err.Error(), "allow 198.51.100.66/32") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideAllow}, start)
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideClear}, start)
	if g.verdict(attacker, start) != record.VerdictBan {
		t.Error("an allowance that was taken back goes on")
	}
	mustDecide(t, g.Detector, "198.51.100.0/24", record.Decision{Decision: record.DecideClear}, start)
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideClear}, start)
}

// A false positive that is banned once more is news.
func TestAFalsePositiveThatComesBack(t *testing.T) {
	g := newGate(t, abuse.Config{})
	provoke(g, attacker, start)
	mustDecide(t, g.Detector, attacker.String(), record.Decision{Decision: record.DecideFalsePositive}, start)
	provoke(g, attacker, start.Add(time.Hour))
	if f, _ := g.Flag(addressOf(attacker)); f.Review != record.ReviewNew || f.State != record.FlagBanned || f.Strikes != 1 {
		t.Errorf("%+v", f)
	}
}

// However much there is to be stored, what people decided is among it.
func TestDecisionsAreNotPushedOut(t *testing.T) {
	g := newGate(t, abuse.Config{BansPerMinute: 1 << 20})
	mustDecide(t, g.Detector, "192.0.2.9", record.Decision{Decision: record.DecideAllow}, start)
	for i := range 20_000 {
		provoke(g, netip.AddrFrom4([4]byte{11, 0, byte(i >> 8), byte(i)}), start)
	}
	for _, f := range g.TakeChanged() {
		if len(f.Decisions) > 0 {
			return
		}
	}
	t.Error("the decision is not among what is to be stored")
}
