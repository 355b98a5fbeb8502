package abuse_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// When three /64 attack, their /48 is throttled; two are not enough.
func TestEscalation(t *testing.T) {
	g := newGate(t, abuse.Config{})
	host := func(net byte) netip.Addr { return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 7: net, 15: 1}) }
	for net := byte(1); net <= 3; net++ {
		if g.verdict(host(9), start) != record.VerdictPass {
			t.Fatalf("a neighbour is refused after %d prefixes", net-1)
		}
		provoke(g, host(net), start)
	}
	if g.verdict(host(9), start) != record.VerdictThrottle {
		t.Error("the /48 is not throttled")
	}
	if g.verdict(netip.MustParseAddr("2001:db8:1::1"), start) != record.VerdictPass {
		t.Error("the next /48 is refused")
	}
}

// The throttle of a /48 does not hold for a shared address in it, nor for a client
// that is logged in.
func TestNeighboursOfAnOffice(t *testing.T) {
	g, now := newGate(t, abuse.Config{}), start
	desk, home, street := netip.MustParseAddr("2001:db8:bb:77::5"), netip.MustParseAddr("2001:db8:bb:78::5"), netip.MustParseAddr("2001:db8:bb:79::5")
	for u := range 5 {
		g.know(fmt.Sprint(u), now)
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

// Throttles of a user agent or of a form do not count for the /48.
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

// A false positive does not count for the /48.
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
