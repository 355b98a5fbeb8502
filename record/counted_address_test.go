package record_test

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

func TestCountedAddr(t *testing.T) {
	for addr, want := range map[string]string{
		"203.0.113.7":               "203.0.113.7",
		"::ffff:203.0.113.7":        "203.0.113.7",
		"64:ff9b::203.0.113.7":      "203.0.113.7",
		"2002:cb00:7107::1":         "203.0.113.7",
		"2002:cb00:7107:1:2:3:4:5":  "203.0.113.7",
		"64:ff9b::203.0.113.7%eth0": "203.0.113.7",
		"2001:db8::1":               "2001:db8::1",
		"fe80::1%eth0":              "fe80::1",
		"64:ff9b:1::203.0.113.7":    "64:ff9b:1::cb00:7107", // for local use, RFC 8215
		"64:ff9b::1:cb00:7107":      "64:ff9b::1:cb00:7107",
		"2001:0:cb00:7107::1":       "2001:0:cb00:7107::1", // Teredo
		"64:ff9b::10.0.0.1":         "64:ff9b::a00:1",
		"64:ff9b::127.0.0.1":        "64:ff9b::7f00:1",
		"64:ff9b::100.64.0.1":       "64:ff9b::6440:1",
		"64:ff9b::100.128.0.1":      "100.128.0.1",
		"64:ff9b::169.254.0.1":      "64:ff9b::a9fe:1",
		"64:ff9b::224.0.0.1":        "64:ff9b::e000:1",
		"64:ff9b::":                 "64:ff9b::",
		"2002:a00:1::1":             "2002:a00:1::1",
		"2002:7f00:1::1":            "2002:7f00:1::1",
	} {
		if got := record.CountedAddr(netip.MustParseAddr(addr)); got.String() != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	if record.CountedAddr(netip.Addr{}).IsValid() {
		t.Error("no address became one")
	}
}

func TestCountedPrefix(t *testing.T) {
	for prefix, want := range map[string]string{
		"203.0.113.7/24":           "203.0.113.0/24",
		"::ffff:203.0.113.7/120":   "203.0.113.0/24",
		"64:ff9b::203.0.113.7/128": "203.0.113.7/32",
		"64:ff9b::203.0.113.7/120": "203.0.113.0/24",
		"64:ff9b::/96":             "64:ff9b::/96",
		"64:ff9b::203.0.113.7/100": "64:ff9b::c000:0/100",
		"64:ff9b::203.0.113.7/64":  "64:ff9b::/64",
		"2002:cb00:7107::/48":      "203.0.113.7/32",
		"2002:cb00:7107:1::/64":    "203.0.113.7/32",
		"2002:cb00:7107::/40":      "203.0.113.0/24",
		"2002::/16":                "2002::/16",
		"2001:db8::1/32":           "2001:db8::/32",
	} {
		if got := record.CountedPrefix(netip.MustParsePrefix(prefix)); got.String() != want {
			t.Errorf("%s: %s, want %s", prefix, got, want)
		}
	}
}

// The counted prefix of a narrow prefix contains its counted addresses.
func TestCountedPrefixHasCountedAddresses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address")
		copy(b, rapid.SampledFrom([][]byte{{}, {0x20, 2}, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}}).Draw(t, "kind"))
		addr := netip.AddrFrom16([16]byte(b))
		p := record.CountedPrefix(netip.PrefixFrom(addr, 128))
		if counted := record.CountedAddr(addr); !p.Contains(counted) || p.Bits() != counted.BitLen() {
			t.Fatalf("%s: %s, %s", addr, counted, p)
		}
		if again := record.CountedPrefix(p); again != p {
			t.Fatalf("%s becomes %s", p, again)
		}
	})
}
