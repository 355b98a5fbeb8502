package blocklist

import (
	"net/netip"

	"github.com/gatebook/gatebook/record"
)

// global6 is the range of IPv6 that global unicast addresses are assigned from
// (RFC 4291). Everything else is reserved, unique local or link-local.
var global6 = netip.MustParsePrefix("2000::/3")

// reserved reports whether an address can be in no list, however it got there.
// The address must be unmapped.
func reserved(addr netip.Addr) bool {
	return reservedPrefix(netip.PrefixFrom(addr, addr.BitLen()))
}

// reservedPrefix reports whether all addresses of a prefix are reserved. A wider
// prefix can have reserved addresses in it.
func reservedPrefix(p netip.Prefix) bool {
	if !p.Addr().Is4() {
		return !p.Overlaps(global6)
	}
	return record.IsReserved4(p)
}
