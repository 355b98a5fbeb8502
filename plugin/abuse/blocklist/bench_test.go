package blocklist

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

// scatter returns addresses all over IPv4, none of them reserved.
func scatter(seed uint64, n int) []netip.Addr {
	r := rand.New(rand.NewPCG(seed, 0))
	var all []netip.Addr
	for len(all) < n {
		v := r.Uint32()
		if a := netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}); !reserved(a) {
			all = append(all, a)
		}
	}
	return all
}

// scattered returns a list of addresses all over IPv4.
func scattered(n int) string {
	var text strings.Builder
	for _, a := range scatter(1, n) {
		text.WriteString(a.String() + "\n")
	}
	return text.String()
}

func BenchmarkHas(b *testing.B) {
	l := mustOpen(b, temp(b, "list", scattered(200_000)))
	for name, addrs := range map[string][]netip.Addr{"listed": scatter(1, 4096), "not listed": scatter(2, 4096)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				l.Has(addrs[i%len(addrs)])
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	text := scattered(200_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := parse(strings.NewReader(text), maxPrefixes); err != nil {
			b.Fatal(err)
		}
	}
}
