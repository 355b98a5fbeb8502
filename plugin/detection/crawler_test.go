package detection

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
)

// fakeDNS is a DNS of names by address and addresses by name.
type fakeDNS struct {
	names map[string][]string
	addrs map[string][]netip.Addr
	fails bool
}

func (z fakeDNS) LookupAddr(_ context.Context, addr string) ([]string, error) {
	if z.fails {
		return nil, errors.New("no answer")
	}
	if z.names[addr] == nil {
		return nil, &net.DNSError{IsNotFound: true}
	}
	return z.names[addr], nil
}

func (z fakeDNS) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if z.addrs[host] == nil {
		return nil, &net.DNSError{IsNotFound: true}
	}
	return z.addrs[host], nil
}

// A search engine's address has a name of its domain, and that name the address:
// either alone can be had by anybody.
func TestGenuineCrawlers(t *testing.T) {
	engine, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	z := fakeDNS{
		names: map[string][]string{
			"192.0.2.1": {"other.example.", "crawl-1.Search.Example."},
			"192.0.2.2": {"crawl-1.search.example."},     // says so, and is not
			"192.0.2.3": {"crawl.notsearch.example."},    // another domain
			"192.0.2.4": {"crawl-4.search.example."},     // whose name leads nowhere
			"192.0.2.5": {"search.example.attacker.org"}, // begins like it
		},
		addrs: map[string][]netip.Addr{"crawl-1.search.example": {engine}, "crawl.notsearch.example": {netip.MustParseAddr("192.0.2.3")}},
	}
	for addr, want := range map[string]bool{"192.0.2.1": true, "192.0.2.2": false, "192.0.2.3": false, "192.0.2.4": false, "192.0.2.5": false, "192.0.2.9": false} {
		if got, err := isGenuine(context.Background(), z, netip.MustParseAddr(addr), []string{"search.example"}); err != nil || got != want {
			t.Errorf("%s: %v, %v", addr, got, err)
		}
	}
	z.fails = true
	if got, err := isGenuine(context.Background(), z, other, []string{"search.example"}); err == nil || got {
		t.Errorf("without an answer: %v, %v", got, err)
	}
}
