package blocklist

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// prefixes returns what parse reads, in order.
func prefixes(t *testing.T, text string) []string {
	t.Helper()
	table, err := parse(strings.NewReader(text), maxPrefixes)
	if err != nil {
		t.Fatalf("%.200q: %v", text, err)
	}
	var all []string
	for p := range table.AllSorted() {
		all = append(all, p.String())
	}
	return all
}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"addresses and prefixes": {
			"198.51.100.7\n203.0.113.0/24\n2001:db8::1\n2001:db8:1::/48\n",
			[]string{"198.51.100.7/32", "203.0.113.0/24", "2001:db8::1/128", "2001:db8:1::/48"},
		},
		"comments, blanks, no end of line": {
			"# one\n; two\n\n  \t\n  198.51.100.7 # because\n\t203.0.113.7;SBL1",
			[]string{"198.51.100.7/32", "203.0.113.7/32"},
		},
		"Windows": {
			"\uFEFF198.51.100.7\r\n# a comment\r\n203.0.113.0/24\r\n",
			[]string{"198.51.100.7/32", "203.0.113.0/24"},
		},
		"Spamhaus DROP, text": {
			"; Spamhaus DROP List 2026/01/01 - (c) 2026 The Spamhaus Project SLU\n; Last-Modified: Thu, 01 Jan 2026 10:00:00 GMT\n" +
				"198.51.100.0/24 ; SBL256893\n203.0.113.0/25 ; SBL256894\n",
			[]string{"198.51.100.0/24", "203.0.113.0/25"},
		},
		"Spamhaus DROP, JSON": {
			`{"cidr":"198.51.100.0/24","sblid":"SBL256893","rir":"apnic"}` + "\n" + `{"cidr":"2001:db8:1::/48","sblid":"SBL1","rir":"ripencc"}` + "\n" +
				`{"type":"metadata","timestamp":1767225600,"size":2,"records":2,"copyright":"(c) 2026 The Spamhaus Project SLU","terms":"https://www.spamhaus.org/drop/terms/"}` + "\n",
			[]string{"198.51.100.0/24", "2001:db8:1::/48"},
		},
		"FireHOL netset": {
			"#\n# firehol_level1\n#\n# ipv4 hash:net ipset\n#\n# Maintainer      : FireHOL\n#\n198.51.100.0/24\n203.0.113.9\n",
			[]string{"198.51.100.0/24", "203.0.113.9/32"},
		},
		"reserved ranges are left out": {
			"0.0.0.0/8\n10.0.0.0/8\n10.1.2.3\n100.64.0.0/10\n127.0.0.0/8\n169.254.0.0/16\n172.16.0.0/12\n192.168.0.0/16\n192.168.1.1\n" +
				"224.0.0.0/3\n240.0.0.0/4\n255.255.255.255\n::/8\n::1\nfc00::/7\nfe80::/10\n4000::/2\n8000::/1\n198.51.100.7\n",
			[]string{"198.51.100.7/32"},
		},
		"as IPv6": {
			"::ffff:198.51.100.7\n::ffff:203.0.113.0/120\n",
			[]string{"198.51.100.7/32", "203.0.113.0/24"},
		},
		"bits beyond the length": {"198.51.100.7/24\n", []string{"198.51.100.0/24"}},
		"twice":                  {"198.51.100.7\n198.51.100.7/32\n", []string{"198.51.100.7/32"}},
		"as wide as allowed":     {"11.0.0.0/8\n2001:e000::/19\n", []string{"11.0.0.0/8", "2001:e000::/19"}},
		"nothing":                {"", nil},
	} {
		if got := prefixes(t, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, says := range map[string][]string{
		"198.51.100.7\n\n1.2.3.4/33\n":                {"line 3", `"1.2.3.4/33"`, "such as 203.0.113.0/24"},
		"1.2.3\n":                                     {"line 1", `"1.2.3"`, remedy},
		"010.1.2.3\n":                                 {"line 1", `"010.1.2.3"`},
		"example.org\n":                               {"line 1", `"example.org"`},
		"198.51.100.7 203.0.113.7\n":                  {"line 1", `"198.51.100.7 203.0.113.7"`},
		"fe80::1%eth0\n":                              {"line 1", `"fe80::1%eth0"`},
		"# ranges\n1.2.3.4-1.2.3.9\n":                 {"line 2", "1.2.3.4-1.2.3.9", "range as prefixes"},
		"<!DOCTYPE html>\n":                           {"line 1", "web page", "download"},
		"\x1f\x8b\x08\x00\x00":                        {"line 1", "gunzip"},
		"PK\x03\x04\n":                                {"line 1", "unzip"},
		"\n0.0.0.0/0\n":                               {"line 2", "0.0.0.0/0", "wider than /8", "remove"},
		"11.0.0.0/7\n":                                {"line 1", "10.0.0.0/7", "wider than /8"},
		"::/0\n":                                      {"line 1", "::/0", "wider than /19"},
		"2000::/3\n":                                  {"line 1", "2000::/3", "wider than /19"},
		"2001:db8::/18\n":                             {"line 1", "2001::/18", "wider than /19"},
		`{"cidr":"1.2.3.0/240"}` + "\n":               {"line 1", `"1.2.3.0/240"`, remedy},
		`{"cidr":"1.2.3.0/24"` + "\n":                 {"line 1", "no JSON object", `{"cidr":"203.0.113.0/24"}`},
		`{"asn":64496}` + "\n":                        {"line 1", "no field cidr"},
		"1.2.3.4\n" + strings.Repeat("1", 5000):       {"line 2", "longer than 4096 bytes"},
		"1.2.3.4\n#" + strings.Repeat("-", 1<<20):     {"line 2", "longer than 4096 bytes"},
		strings.Repeat("x", 4000) + "\n":              {"line 1", strings.Repeat("x", 60) + `" is no address`},
		"1.2.3.4\n1.2.3.5\n1.2.3.5\n5.6.7.8\n9.9.9.9": {"line 4", "5.6.7.8/32", "1000000", "leave out a file"},
	} {
		limit := maxPrefixes
		if strings.Contains(text, "9.9.9.9") {
			limit = 2
		}
		_, err := parse(strings.NewReader(text), limit)
		if err == nil {
			t.Errorf("%.60q: no error", text)
			continue
		}
		for _, part := range says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%.60q: error %q does not say %q", text, err, part)
			}
		}
		if len(err.Error()) > 400 {
			t.Errorf("%.60q: the error has %d bytes", text, len(err.Error()))
		}
	}
}

// A line as long as allowed is read, with either end of line.
func TestParseLongestLine(t *testing.T) {
	line := "198.51.100.7 #" + strings.Repeat("-", maxLine-14)
	for _, end := range []string{"", "\n", "\r\n"} {
		if got := prefixes(t, line+end+"\n203.0.113.7"); len(got) != 2 {
			t.Errorf("end of line %q: %v", end, got)
		}
	}
}

// A list answers as a search through all of its prefixes does, and never for a
// reserved address.
func TestParsedTableHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := func(name string) netip.Addr {
			// Few different bytes, so that addresses and prefixes meet.
			b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x20, 0x80}), 16, 16).Draw(t, name)
			if rapid.Bool().Draw(t, name+" is IPv4") {
				return netip.AddrFrom4([4]byte(b[:4]))
			}
			return netip.AddrFrom16([16]byte(b))
		}
		var text strings.Builder
		var list []netip.Prefix
		for range rapid.IntRange(0, 8).Draw(t, "prefixes") {
			a := address("prefix")
			widest := widest6
			if a.Is4() {
				widest = widest4
			}
			p := netip.PrefixFrom(a, rapid.IntRange(widest, a.BitLen()).Draw(t, "bits")).Masked()
			list = append(list, p)
			fmt.Fprintln(&text, p)
		}
		table, err := parse(strings.NewReader(text.String()), maxPrefixes)
		if err != nil {
			t.Fatal(err)
		}
		addr := address("address")
		want := netip.Prefix{}
		for _, p := range list {
			if p.Contains(addr) && (!want.IsValid() || p.Bits() > want.Bits()) {
				want = p
			}
		}
		if reserved(addr) {
			want = netip.Prefix{}
		}
		l := listOf(table)
		if _, got, ok := l.Has(addr); got != want || ok != want.IsValid() {
			t.Fatalf("%v has %s: %v, %v, want %v", list, addr, got, ok, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"198.51.100.7\n203.0.113.0/24 ; SBL1\n# comment\n2001:db8::/32\n",
		`{"cidr":"198.51.100.0/24"}` + "\n" + `{"type":"metadata"}`,
		"\uFEFF::ffff:198.51.100.7/120\r\n", "0.0.0.0/0", "224.0.0.0/3", "::/3", "1.2.3.4-5", "<html>", "{", "{}", "/", "%", ";", "#",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table, err := parse(strings.NewReader(text), 100)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("error %q names no line", err)
			}
			return
		}
		if table.Size() > 100 {
			t.Fatalf("%d prefixes", table.Size())
		}
		l := listOf(table)
		var again strings.Builder
		for p := range table.AllSorted() {
			if reservedPrefix(p) || checkWidth(p) != nil || p != p.Masked() || p.Addr().Is4In6() {
				t.Errorf("%s is in the list", p)
			}
			if _, found, ok := l.Has(p.Addr()); ok == reserved(p.Addr()) || ok && !found.Contains(p.Addr()) {
				t.Errorf("address of %s: %s, %v", p, found, ok)
			}
			fmt.Fprintln(&again, p)
		}
		if second, err := parse(strings.NewReader(again.String()), 100); err != nil || !second.Equal(table) {
			t.Errorf("written and read again: %v", err)
		}
	})
}
