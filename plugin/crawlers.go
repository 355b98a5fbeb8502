package plugin

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

// resolver asks the DNS; it is net.DefaultResolver.
type resolver interface {
	LookupAddr(ctx context.Context, addr string) ([]string, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// claims are addresses that say they are a search engine's, and wait to be looked
// up, one at a time and off the request path.
type claims struct {
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

// verify has a claim looked up. It waits for nobody: where too many wait, this one
// is not known to be true, and is asked about again when the detector has
// forgotten it.
func (c *claims) verify(engine abuse.Crawler, addr netip.Addr) {
	select {
	case c.waiting <- crawlerClaim{engine, addr}:
	default:
	}
}

// look looks claims up until ctx ends.
func (d *detection) look(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case claim := <-d.claims.waiting:
			genuine, err := genuine(ctx, d.claims.dns, claim.addr, claim.engine.Domains)
			active := d.active.Load()
			if err != nil || active == nil {
				continue // nobody knows
			}
			if found, err := active.Verified(claim.engine, claim.addr, genuine, time.Now()); err == nil && len(found) > 0 {
				d.changed()
			}
		}
	}
}

// genuine reports whether an address has a name in one of these domains that leads
// back to it, as search engines ask to be verified. An error says that the DNS does
// not tell.
func genuine(ctx context.Context, dns resolver, addr netip.Addr, domains []string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	names, err := dns.LookupAddr(ctx, addr.String())
	if notFound(err) {
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
		if err != nil && !notFound(err) {
			return false, err
		}
		if slices.ContainsFunc(back, func(a netip.Addr) bool { return a.Unmap() == addr.Unmap() }) {
			return true, nil
		}
	}
	return false, nil
}

func notFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}
