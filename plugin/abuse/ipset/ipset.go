// Package ipset finds the prefixes that an address is in. Addresses are looked up as
// [record.CountedAddr] returns them.
package ipset

import (
	"iter"
	"net/netip"

	"github.com/gaissmai/bart"

	"github.com/gatebook/gatebook/record"
)

// Map maps prefixes to values. It must not be copied.
type Map[V any] struct{ table bart.Table[V] }

// Put sets the value of a prefix, which must be as [record.CountedPrefix] returns it.
func (m *Map[V]) Put(p netip.Prefix, v V) { m.table.Insert(p, v) }

// Delete removes a prefix.
func (m *Map[V]) Delete(p netip.Prefix) { m.table.Delete(p) }

// Get returns the value of exactly this prefix.
func (m *Map[V]) Get(p netip.Prefix) (V, bool) { return m.table.Get(p) }

// Len returns the number of prefixes.
func (m *Map[V]) Len() int { return m.table.Size() }

// All returns all prefixes, in no order.
func (m *Map[V]) All() iter.Seq2[netip.Prefix, V] { return m.table.All() }

// Find returns the value of the longest prefix around addr that is accepted.
func (m *Map[V]) Find(addr netip.Addr, accept func(V) bool) (v V, ok bool) {
	// Most addresses are in no prefix, and the iterator takes longer to say so.
	if !m.table.Contains(addr) {
		return v, false
	}
	for _, v := range m.table.Supernets(netip.PrefixFrom(addr.WithZone(""), addr.BitLen())) {
		if accept(v) {
			return v, true
		}
	}
	return v, false
}

// Set is a set of prefixes. The zero value has none.
type Set struct{ prefixes *bart.Lite }

// NewSet returns a set of these prefixes.
func NewSet(list []netip.Prefix) Set {
	s := Set{new(bart.Lite)}
	for _, p := range list {
		s.prefixes.Insert(record.CountedPrefix(p))
	}
	return s
}

// Has reports whether an address is in one of the prefixes.
func (s *Set) Has(addr netip.Addr) bool { return s.prefixes != nil && s.prefixes.Contains(addr) }

// Within reports whether a prefix is a part of another one, or all of it.
func Within(p, wide netip.Prefix) bool { return p.Bits() >= wide.Bits() && wide.Contains(p.Addr()) }
