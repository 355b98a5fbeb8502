package geo

import (
	"net/netip"
	"testing"
)

func BenchmarkLookup(b *testing.B) {
	db := mustOpen(b, temp(b, "x.mmdb", everywhere(b, germany())))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		db.Lookup(netip.AddrFrom4([4]byte{1, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
}
