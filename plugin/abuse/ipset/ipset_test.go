package ipset

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

// A set answers as a search through all of its prefixes does.
func TestSetHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := func(name string) netip.Addr {
			// Few different bytes, so that addresses and prefixes meet.
			b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x80}), 16, 16).Draw(t, name)
			if rapid.Bool().Draw(t, name+" is IPv4") {
				return netip.AddrFrom4([4]byte(b[:4]))
			}
			return netip.AddrFrom16([16]byte(b))
		}
		var list []netip.Prefix
		for range rapid.IntRange(0, 8).Draw(t, "prefixes") {
			a := address("prefix")
			list = append(list, netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")))
		}
		set, addr := NewSet(list), record.CountedAddr(address("address"))
		want := slices.ContainsFunc(list, func(p netip.Prefix) bool { return record.CountedPrefix(p).Contains(addr) })
		if got := set.Has(addr); got != want {
			t.Fatalf("%v has %s: %v, want %v", list, addr, got, want)
		}
	})
}

func TestMapFindsTheLongestAccepted(t *testing.T) {
	var m Map[int]
	for i, p := range []string{"198.51.100.0/24", "198.51.100.7/32", "198.51.0.0/16", "2001:db8::/32"} {
		m.Put(netip.MustParsePrefix(p), i)
	}
	all := func(int) bool { return true }
	for _, c := range []struct {
		addr   string
		accept func(int) bool
		want   int
	}{
		{"198.51.100.7", all, 1},
		{"198.51.100.8", all, 0},
		{"198.51.100.7", func(i int) bool { return i == 2 }, 2},
		{"2001:db8:1::1", all, 3},
		{"203.0.113.1", all, -1},
		{"198.51.100.7", func(int) bool { return false }, -1},
	} {
		got, ok := m.Find(netip.MustParseAddr(c.addr), c.accept)
		if ok != (c.want >= 0) || ok && got != c.want {
			t.Errorf("%s: %d, %v, want %d", c.addr, got, ok, c.want)
		}
	}
	m.Delete(netip.MustParsePrefix("198.51.100.7/32"))
	if got, _ := m.Find(netip.MustParseAddr("198.51.100.7"), all); got != 0 || m.Len() != 3 {
		t.Errorf("after deleting: %d of %d", got, m.Len())
	}
	if _, ok := m.Get(netip.MustParsePrefix("198.51.0.0/16")); !ok {
		t.Error("a prefix is missing")
	}
}

func TestCountedPrefix(t *testing.T) {
	for in, want := range map[string]string{
		"::ffff:198.51.100.7/120": "198.51.100.0/24",
		"198.51.100.7/24":         "198.51.100.0/24",
		"2001:db8::1/64":          "2001:db8::/64",
	} {
		if got := record.CountedPrefix(netip.MustParsePrefix(in)).String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		p, wide string
		want    bool
	}{
		{"198.51.100.0/24", "198.51.0.0/16", true},
		{"198.51.100.0/24", "198.51.100.0/24", true},
		{"198.51.0.0/16", "198.51.100.0/24", false},
		{"203.0.113.0/24", "198.51.0.0/16", false},
	} {
		if got := Within(netip.MustParsePrefix(c.p), netip.MustParsePrefix(c.wide)); got != c.want {
			t.Errorf("%s within %s: %v", c.p, c.wide, got)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	var m Map[*int]
	list := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("198.51.100.7/32"), netip.MustParsePrefix("2001:db8::/32")}
	for i, p := range list {
		m.Put(p, &i)
	}
	set, least := NewSet(list), 0
	addrs := []netip.Addr{netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("2001:db8::1")}
	if n := testing.AllocsPerRun(100, func() {
		for _, addr := range addrs {
			m.Find(addr, func(i *int) bool { return *i > least })
			set.Has(addr)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFind(b *testing.B) {
	var m Map[int]
	for bits := 16; bits <= 32; bits++ {
		m.Put(record.CountedPrefix(netip.PrefixFrom(netip.MustParseAddr("198.51.100.7"), bits)), bits)
	}
	for name, addr := range map[string]netip.Addr{"listed": netip.MustParseAddr("198.51.100.7"), "not listed": netip.MustParseAddr("203.0.113.1")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Find(addr, func(bits int) bool { return bits == 16 })
			}
		})
	}
}

func TestZeroSetHasNothing(t *testing.T) {
	if set := (Set{}); set.Has(netip.MustParseAddr("198.51.100.7")) {
		t.Error("an empty set has an address")
	}
}
