package record

import "net/netip"

// The prefixes of IPv6 addresses that stand for an IPv4 address. Teredo is not among
// them: its clients share the address of a translator with others.
var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	sixToFour = netip.MustParsePrefix("2002::/16")    // RFC 3056
)

// CountedAddr returns the address that a client is counted, sanctioned and looked up
// as: the IPv4 address in an IPv4-mapped, NAT64 or 6to4 address, any other address
// without its zone.
//
// NAT64 and 6to4 addresses with an IPv4 address that is not public stay as they are.
// Such addresses are forged (RFC 6052, section 3.1; RFC 3964), and private addresses
// may be exempt from rules.
func CountedAddr(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if v4, _ := embedded(addr); v4.IsValid() {
		return v4
	}
	return addr
}

// CountedPrefix returns the prefix that contains the counted addresses of the addresses
// in p, without the bits beyond its length. A prefix that is wider than an IPv4 /8 in
// NAT64 or 6to4 stays as it is, so that 2002::/16 is not all of IPv4.
func CountedPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked()
	}
	if v4, before := embedded(p.Addr()); v4.IsValid() && p.Bits() >= before+8 {
		p = netip.PrefixFrom(v4, min(p.Bits()-before, 32))
	}
	return p.Masked()
}

// embedded returns the public IPv4 address in a NAT64 or 6to4 address, and the number
// of bits before it. The zero Addr means that there is none.
func embedded(addr netip.Addr) (v4 netip.Addr, before int) {
	if !addr.Is6() {
		return v4, 0
	}
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		v4, before = netip.AddrFrom4([4]byte(b[12:])), nat64.Bits()
	case sixToFour.Contains(addr):
		v4, before = netip.AddrFrom4([4]byte(b[2:])), sixToFour.Bits()
	default:
		return v4, 0
	}
	if IsReserved4(netip.PrefixFrom(v4, 32)) {
		return netip.Addr{}, 0
	}
	return v4, before
}
