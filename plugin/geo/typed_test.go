package geo

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// mustParse makes a reader of a copy of file.
func mustParse(t *testing.T, file []byte) *reader {
	t.Helper()
	data, err := allocate(len(file))
	if err != nil {
		t.Fatal(err)
	}
	copy(data.bytes, file)
	r, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Files of the types that geoip2-golang supports are read through it, and say
// the same as when they are read by the names of their fields.
func TestTypes(t *testing.T) {
	inCountry := answer{country: "DE"}
	inNetwork := answer{asn: 3320, asOrg: "Deutsche Telekom AG"}
	inBoth := answer{country: "DE", asn: 3320, asOrg: "Deutsche Telekom AG"}
	isp := maxMindASN()
	isp["isp"], isp["organization"] = mmdbtype.String("DTAG"), mmdbtype.String("DTAG")
	for _, c := range []struct {
		databaseType string
		record       fields
		want         answer
		byType       bool
	}{
		{"GeoLite2-Country", maxMindCountry(), inCountry, true},
		{"GeoIP2-Country", maxMindCountry(), inCountry, true},
		{"GeoLite2-City", maxMindCountry(), inCountry, true},
		{"GeoIP2-City", maxMindCountry(), inCountry, true},
		{"GeoIP2-City-Europe", maxMindCountry(), inCountry, true},
		{"GeoIP2-Precision-City", maxMindCountry(), inCountry, true},
		{"GeoIP-City-Redacted-US", maxMindCountry(), inCountry, true},
		{"GeoLite2-ASN", maxMindASN(), inNetwork, true},
		{"GeoIP2-ISP", isp, inNetwork, true},
		{"GeoIP2-Precision-ISP", isp, inNetwork, true},
		{"GeoIP2-Enterprise", maxMindEnterprise(), inBoth, true},
		{"GeoIP-Enterprise-Redacted-US", maxMindEnterprise(), inBoth, true},
		{"DBIP-Country-Lite", maxMindCountry(), inCountry, true},
		{"DBIP-City-Lite", maxMindCountry(), inCountry, true},
		{"DBIP-Location (compat=City)", maxMindCountry(), inCountry, true},
		{"DBIP-ASN-Lite (compat=GeoLite2-ASN)", maxMindASN(), inNetwork, true},
		{"DBIP-ISP (compat=Enterprise)", maxMindEnterprise(), inBoth, true},
		{"DBIP-Location-ISP (compat=Enterprise)", maxMindEnterprise(), inBoth, true},

		{"DBIP-Location-New (compat=City)", maxMindCountry(), inCountry, false},
		{"ipinfo lite", fields{
			"country": mmdbtype.String("Germany"), "country_code": mmdbtype.String("DE"),
			"asn": mmdbtype.String("AS3320"), "as_name": mmdbtype.String("Deutsche Telekom AG"),
		}, inBoth, false},
		{"ip-location-db country", fields{"country_code": mmdbtype.String("DE")}, inCountry, false},
		// Supported, but the type tells neither; the records do.
		{"GeoIP2-Connection-Type", maxMindASN(), inNetwork, false},
	} {
		r := mustParse(t, typedEverywhere(t, c.databaseType, c.record))
		if byType := r.typed != nil; byType != c.byType {
			t.Errorf("%s: read by its type: %v, want %v", c.databaseType, byType, c.byType)
		}
		if got := r.lookup(somewhere); got != c.want {
			t.Errorf("%s: lookup = %+v, want %+v", c.databaseType, got, c.want)
		}
		if got := decode(r.plain.Lookup(somewhere)); got != c.want {
			t.Errorf("%s: read by the names of fields = %+v, want %+v", c.databaseType, got, c.want)
		}
		if got := r.lookup(netip.MustParseAddr("9.9.9.9")); got != (answer{}) {
			t.Errorf("%s: lookup of an unknown address = %+v", c.databaseType, got)
		}
	}
}

func TestCodesOfTypes(t *testing.T) {
	for code, want := range map[mmdbtype.String]string{"de": "DE", "DE": "DE", "ZZ": "", "1\x1b": "", "Germany": "", "": ""} {
		record := enterprise(germany())
		record["country"] = fields{"iso_code": code}
		r := mustParse(t, typedEverywhere(t, "GeoIP2-Enterprise", record))
		if got := r.lookup(somewhere); r.typed == nil || got != (answer{want, 3320, "Deutsche Telekom AG"}) {
			t.Errorf("code %q: by its type %v, lookup = %+v", code, r.typed != nil, got)
		}
	}
}

// Some vendors take a type of MaxMind's for records that are not MaxMind's.
func TestBorrowedTypes(t *testing.T) {
	for name, c := range map[string]struct {
		databaseType string
		record       fields
		want         answer
	}{
		"more than the type has":  {"GeoLite2-Country", germany(), answer{"DE", 3320, "Deutsche Telekom AG"}},
		"network beside a city":   {"GeoLite2-City", maxMindEnterprise(), answer{"DE", 3320, "Deutsche Telekom AG"}},
		"other names":             {"GeoLite2-Country", fields{"country_code": mmdbtype.String("DE")}, answer{country: "DE"}},
		"a number as a text":      {"GeoLite2-ASN", fields{"autonomous_system_number": mmdbtype.String("AS3320")}, answer{asn: 3320}},
		"a country as a text":     {"GeoIP2-Country", fields{"country": mmdbtype.String("DE")}, answer{country: "DE"}},
		"a kind of no importance": {"GeoIP2-Country", fields{"country": germany()["country"], "continent": mmdbtype.String("EU")}, answer{country: "DE"}},
	} {
		r := mustParse(t, typedEverywhere(t, c.databaseType, c.record))
		if got := r.lookup(somewhere); r.typed != nil || got != c.want {
			t.Errorf("%s: by its type %v, lookup = %+v, want %+v", name, r.typed != nil, got, c.want)
		}
	}
}

// A number that is too large is none, whichever way the file is read.
func TestNumberOfTypeTooLarge(t *testing.T) {
	r := mustParse(t, typedEverywhere(t, "GeoLite2-ASN", fields{
		"autonomous_system_number":       mmdbtype.Uint64(1<<32 + 1),
		"autonomous_system_organization": mmdbtype.String("x"),
	}))
	// On 32-bit systems geoip2-golang cannot hold it, and the file is read by the
	// names of its fields.
	byType := strconv.IntSize == 64
	if got := r.lookup(somewhere); (r.typed != nil) != byType || got != (answer{asOrg: "x"}) {
		t.Errorf("by its type %v, lookup = %+v", r.typed != nil, got)
	}
}

// A record behind those that are looked at may be unlike them.
func TestOddRecordOfAType(t *testing.T) {
	networks := map[string]fields{"2.0.0.0/8": {"autonomous_system_number": mmdbtype.String("AS3320")}}
	for i := range probed {
		block := netip.PrefixFrom(netip.AddrFrom4([4]byte{1, byte(i >> 8), byte(i), 0}), 24)
		networks[block.String()] = fields{"autonomous_system_number": mmdbtype.Uint32(i + 1)}
	}
	r := mustParse(t, database(t, mmdbwriter.Options{DatabaseType: "GeoLite2-ASN"}, networks))
	if r.typed == nil {
		t.Error("the file is not read by its type")
	}
	for addr, want := range map[string]uint32{"1.0.0.1": 1, "1.3.231.1": 1000, "2.0.0.1": 3320} {
		if got := r.lookup(netip.MustParseAddr(addr)); got != (answer{asn: want}) {
			t.Errorf("lookup(%s) = %+v, want %d", addr, got, want)
		}
	}
}

func TestAddressesInTypes(t *testing.T) {
	for _, version := range []int{4, 6} {
		networks := map[string]fields{"1.0.0.0/8": enterprise(germany())}
		want := map[string]found{"1.2.3.4": inGermany, "::ffff:1.2.3.4": inGermany, "9.9.9.9": {}, "2a01::1%eth0": {}, "fe80::1%eth0": {}}
		if version == 6 {
			networks["2a01::/16"] = enterprise(france())
			want["2a01::1%eth0"] = inFrance
		}
		db := mustOpen(t, temp(t, "x.mmdb", database(t, mmdbwriter.Options{DatabaseType: "GeoIP2-Enterprise", IPVersion: version}, networks)))
		if (*db.readers.Load())[0].typed == nil {
			t.Errorf("the file for IPv%d is not read by its type", version)
		}
		for addr, want := range want {
			if got := lookup(db, netip.MustParseAddr(addr)); got != want {
				t.Errorf("in a file for IPv%d, Lookup(%s) = %+v, want %+v", version, addr, got, want)
			}
		}
	}
}
