package record

import "net/netip"

// reserved4 are the ranges of IPv4 that no client on the internet has: this
// network, private networks, carriers' NAT, loopback, link-local, multicast and
// what is reserved. Lists of bogons contain them. The ranges for documentation
// are left to the lists: no real client has them, and examples use them.
var reserved4 = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("224.0.0.0/3"),
}

// IsReserved4 reports whether all addresses of an IPv4 prefix are in a range that no
// client on the internet has.
func IsReserved4(p netip.Prefix) bool {
	for _, r := range reserved4 {
		if p.Bits() >= r.Bits() && r.Contains(p.Addr()) {
			return true
		}
	}
	return false
}
