package abuse

import (
	"net/netip"

	"github.com/gatebook/gatebook/plugin/abuse/ipset"
)

// allowlist are the addresses that the configuration never flags or refuses.
type allowlist struct {
	// listed are allowed by name. They are allowed even if a person bans them.
	listed ipset.Set
	// private means that addresses of private networks are not allowed.
	private bool
}

// has reports whether an address is never flagged.
func (a *allowlist) has(addr netip.Addr) bool {
	return !a.private && isPrivate(addr) || a.listed.Has(addr)
}

// isPrivate reports whether an address is of this machine, of its link or of a
// private network (RFC 1918, 4193 and 6598).
func isPrivate(addr netip.Addr) bool {
	return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || carrierNAT.Contains(addr)
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")
