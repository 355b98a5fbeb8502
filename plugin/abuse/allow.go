package abuse

import (
	"net/netip"
	"slices"
)

// privatePrefixes are never banned unless a person says so by name.
var privatePrefixes = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fc00::/7"),
	netip.MustParsePrefix("fe80::/10"),
}

// prefixSet finds whether an address is in one of many prefixes: a look-up for
// each length that occurs.
type prefixSet struct {
	lengths4, lengths6 []int
	prefixes           map[netip.Prefix]struct{}
}

func newPrefixSet(list []netip.Prefix) prefixSet {
	s := prefixSet{prefixes: map[netip.Prefix]struct{}{}}
	for _, p := range list {
		p = unmapped(p)
		s.prefixes[p] = struct{}{}
		s.lengths4, s.lengths6 = withLength(s.lengths4, s.lengths6, p)
	}
	return s
}

func (s *prefixSet) has(addr netip.Addr) bool {
	lengths := s.lengths6
	if addr.Is4() {
		lengths = s.lengths4
	}
	for _, bits := range lengths {
		p, _ := addr.Prefix(bits)
		if _, ok := s.prefixes[p]; ok {
			return true
		}
	}
	return false
}

// withLength notes a prefix's length, the longest first.
func withLength(lengths4, lengths6 []int, p netip.Prefix) ([]int, []int) {
	add := func(lengths []int) []int {
		i, ok := slices.BinarySearchFunc(lengths, p.Bits(), func(a, b int) int { return b - a })
		if ok {
			return lengths
		}
		return slices.Insert(lengths, i, p.Bits())
	}
	if p.Addr().Is4() {
		return add(lengths4), lengths6
	}
	return lengths4, add(lengths6)
}

// unmapped is a prefix of IPv4 addresses as one of IPv4, with no bits set that
// it does not say anything about.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}
