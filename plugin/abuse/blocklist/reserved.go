package blocklist

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

// global6 is the range of IPv6 that global unicast addresses are assigned from
// (RFC 4291). Everything else is reserved, unique local or link-local.
var global6 = netip.MustParsePrefix("2000::/3")

// reserved reports whether an address can be in no list, however it got there.
// The address must be unmapped.
func reserved(addr netip.Addr) bool {
	if !addr.Is4() {
		return !global6.Contains(addr)
	}
	for _, r := range reserved4 {
		if r.Contains(addr) {
			return true
		}
	}
	return false
}

// reservedPrefix reports whether all addresses of a prefix are reserved. A wider
// prefix can have reserved addresses in it.
func reservedPrefix(p netip.Prefix) bool {
	if !p.Addr().Is4() {
		return !p.Overlaps(global6)
	}
	for _, r := range reserved4 {
		if p.Bits() >= r.Bits() && r.Contains(p.Addr()) {
			return true
		}
	}
	return false
}
