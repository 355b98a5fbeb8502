package abuse

import (
	"net/netip"
	"slices"
)

// isPrivate reports whether an address is one of this machine, of its link or
// of a private network (RFC 1918, 4193 and 6598). Those are never banned unless
// a person says so by name.
func isPrivate(addr netip.Addr) bool {
	return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || sharedSpace.Contains(addr)
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// isFree reports whether nothing happens to an address.
func (d *Detector) isFree(addr netip.Addr) bool {
	return !d.private && isPrivate(addr) || d.free.has(addr)
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
