// Package ipset finds the prefixes that an address is in.
package ipset

import (
	"iter"
	"maps"
	"net/netip"
	"slices"
)

// Map maps prefixes to values. It looks an address up once for each length of
// prefix that occurs.
type Map[V any] struct {
	// The lengths that occur, the longest first.
	lengths4, lengths6 []int
	entries            map[netip.Prefix]V
}

// Put sets the value of a prefix, which must be as [Unmapped] returns it.
func (m *Map[V]) Put(p netip.Prefix, v V) {
	if m.entries == nil {
		m.entries = map[netip.Prefix]V{}
	}
	m.entries[p] = v
	if p.Addr().Is4() {
		m.lengths4 = withLength(m.lengths4, p.Bits())
	} else {
		m.lengths6 = withLength(m.lengths6, p.Bits())
	}
}

// Delete removes a prefix.
func (m *Map[V]) Delete(p netip.Prefix) { delete(m.entries, p) }

// Get returns the value of exactly this prefix.
func (m *Map[V]) Get(p netip.Prefix) (V, bool) {
	v, ok := m.entries[p]
	return v, ok
}

// Len returns the number of prefixes.
func (m *Map[V]) Len() int { return len(m.entries) }

// All returns all prefixes, in no order.
func (m *Map[V]) All() iter.Seq2[netip.Prefix, V] { return maps.All(m.entries) }

// Find returns the value of the longest prefix around addr that is accepted.
func (m *Map[V]) Find(addr netip.Addr, accept func(V) bool) (v V, ok bool) {
	for _, bits := range m.lengths(addr) {
		p, _ := addr.Prefix(bits)
		if v, ok := m.entries[p]; ok && accept(v) {
			return v, true
		}
	}
	return v, false
}

func (m *Map[V]) lengths(addr netip.Addr) []int {
	if addr.Is4() {
		return m.lengths4
	}
	return m.lengths6
}

func withLength(lengths []int, bits int) []int {
	i, ok := slices.BinarySearchFunc(lengths, bits, func(a, b int) int { return b - a })
	if ok {
		return lengths
	}
	return slices.Insert(lengths, i, bits)
}

// Set is a set of prefixes.
type Set struct{ prefixes Map[struct{}] }

// NewSet returns a set of these prefixes.
func NewSet(list []netip.Prefix) Set {
	var s Set
	for _, p := range list {
		s.prefixes.Put(Unmapped(p), struct{}{})
	}
	return s
}

// Has reports whether an address is in one of the prefixes.
func (s *Set) Has(addr netip.Addr) bool {
	for _, bits := range s.prefixes.lengths(addr) {
		p, _ := addr.Prefix(bits)
		if _, ok := s.prefixes.entries[p]; ok {
			return true
		}
	}
	return false
}

// Unmapped returns a prefix of IPv4 addresses written as IPv6 as one of IPv4, and
// any prefix without the bits beyond its length.
func Unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// Within reports whether a prefix is a part of another one, or all of it.
func Within(p, wide netip.Prefix) bool { return p.Bits() >= wide.Bits() && wide.Contains(p.Addr()) }
