package detection

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
)

// resolver makes DNS lookups; it is net.DefaultResolver.
type resolver interface {
	LookupAddr(ctx context.Context, addr string) ([]string, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// crawlerClaims is the queue of addresses that claim to be a search engine's. They
// are looked up one at a time, off the request path.
type crawlerClaims struct {
	waiting chan crawlerClaim
	dns     resolver
}

type crawlerClaim struct {
	engine abuse.Crawler
	addr   netip.Addr
}

const (
	maxClaims    = 64
	claimTimeout = 5 * time.Second
)

func newCrawlerClaims(dns resolver) crawlerClaims {
	return crawlerClaims{make(chan crawlerClaim, maxClaims), dns}
}

// add queues a claim. It never blocks: if the queue is full, the claim counts as
// unverified, and the detector repeats it once it has forgotten the address.
func (c *crawlerClaims) add(engine abuse.Crawler, addr netip.Addr) {
	select {
	case c.waiting <- crawlerClaim{engine, addr}:
	default:
	}
}

// run looks up claims until ctx ends, and passes each answer to found. It drops a
// claim that the DNS does not answer.
func (c *crawlerClaims) run(ctx context.Context, found func(claim crawlerClaim, genuine bool)) {
	for {
		select {
		case <-ctx.Done():
			return
		case claim := <-c.waiting:
			if genuine, err := isGenuine(ctx, c.dns, claim.addr, claim.engine.Domains); err == nil {
				found(claim, genuine)
			}
		}
	}
}

// isGenuine reports whether an address has a name in one of these domains that leads
// back to it, which is how search engines want to be verified. An error says that
// the DNS did not answer.
func isGenuine(ctx context.Context, dns resolver, addr netip.Addr, domains []string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	names, err := dns.LookupAddr(ctx, addr.String())
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		if !slices.ContainsFunc(domains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) }) {
			continue
		}
		back, err := dns.LookupNetIP(ctx, "ip", name)
		if err != nil && !isNotFound(err) {
			return false, err
		}
		if slices.ContainsFunc(back, func(a netip.Addr) bool { return a.Unmap() == addr.Unmap() }) {
			return true, nil
		}
	}
	return false, nil
}

func isNotFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}
