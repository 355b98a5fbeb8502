package geo

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

func TestVendors(t *testing.T) {
	text := func(s string) mmdbtype.String { return mmdbtype.String(s) }
	for _, c := range []struct {
		vendor string
		record fields
		want   found
	}{
		{"MaxMind Country", fields{
			"continent":          fields{"code": text("EU")},
			"country":            fields{"geoname_id": mmdbtype.Uint32(2921044), "iso_code": text("DE"), "names": fields{"en": text("Germany")}},
			"registered_country": fields{"iso_code": text("US")},
			"traits":             fields{"is_anycast": mmdbtype.Bool(true)},
		}, found{country: "DE"}},
		{"MaxMind ASN", fields{
			"autonomous_system_number": mmdbtype.Uint32(3320), "autonomous_system_organization": text("Deutsche Telekom AG"),
		}, found{asn: 3320, asOrg: "Deutsche Telekom AG"}},
		{"MaxMind Enterprise", fields{
			"country": fields{"confidence": mmdbtype.Uint16(99), "iso_code": text("DE")},
			"traits":  fields{"autonomous_system_number": mmdbtype.Uint32(3320), "autonomous_system_organization": text("Deutsche Telekom AG"), "isp": text("DTAG")},
		}, inGermany},
		{"DB-IP City", fields{
			"city":    fields{"names": fields{"en": text("Berlin")}},
			"country": fields{"iso_code": text("DE"), "is_in_european_union": mmdbtype.Bool(true)},
		}, found{country: "DE"}},
		{"IPinfo Lite", fields{
			"country": text("Germany"), "country_code": text("DE"), "continent": text("Europe"),
			"asn": text("AS3320"), "as_name": text("Deutsche Telekom AG"), "as_domain": text("telekom.de"),
		}, inGermany},
		{"IPinfo country and ASN", fields{
			"country": text("DE"), "country_name": text("Germany"), "asn": text("AS3320"), "as_name": text("Deutsche Telekom AG"),
		}, inGermany},
		{"IPinfo ASN", fields{
			"asn": text("AS3320"), "name": text("Deutsche Telekom AG"), "domain": text("telekom.de"),
		}, found{asn: 3320, asOrg: "Deutsche Telekom AG"}},
		{"as_org", fields{"asn": mmdbtype.Uint32(3320), "as_org": text("Deutsche Telekom AG")}, found{asn: 3320, asOrg: "Deutsche Telekom AG"}},
		{"ip-location-db country", fields{"country_code": text("DE")}, found{country: "DE"}},
		{"ip-location-db ASN", fields{
			"autonomous_system_number": mmdbtype.Uint32(3320), "autonomous_system_organization": text("Deutsche Telekom AG"),
		}, found{asn: 3320, asOrg: "Deutsche Telekom AG"}},
		{"lower case", fields{"country_code": text("de")}, found{country: "DE"}},
		{"only a name", fields{"country": text("Germany"), "asn": text("AS1")}, found{asn: 1}},
		{"unknown country", fields{"country_code": text("ZZ"), "asn": text("AS1")}, found{asn: 1}},
		{"no code", fields{"country_code": text("1\x1b"), "asn": text("AS1")}, found{asn: 1}},
		{"no number", fields{"country_code": text("DE"), "asn": text("")}, found{country: "DE"}},
		{"number too large", fields{"country_code": text("DE"), "asn": mmdbtype.Uint64(1 << 32)}, found{country: "DE"}},
		{"odd kinds", fields{"country": mmdbtype.Slice{text("DE")}, "asn": mmdbtype.Bool(true), "as_name": text("x")}, found{asOrg: "x"}},
		{"name of something else", fields{"country_code": text("DE"), "name": text("A place")}, found{country: "DE"}},
	} {
		t.Run(c.vendor, func(t *testing.T) {
			db := mustOpen(t, temp(t, "x.mmdb", everywhere(t, c.record)))
			if got := lookup(db, somewhere); got != c.want {
				t.Errorf("Lookup = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	db := mustOpen(t, temp(t, "x.mmdb", database(t, mmdbwriter.Options{DatabaseType: "Test"}, map[string]fields{
		"1.0.0.0/8": germany(), "2a01::/16": france(),
	})))
	for addr, want := range map[string]found{
		"1.2.3.4": inGermany, "::ffff:1.2.3.4": inGermany, "2a01::1": inFrance, "2a01::1%eth0": inFrance,
		"9.9.9.9": {}, "10.0.0.1": {}, "127.0.0.1": {}, "0.0.0.0": {}, "169.254.0.1": {}, "255.255.255.255": {},
		"::": {}, "::1": {}, "fe80::1%eth0": {}, "fd00::1": {}, "2b01::1": {}, "::ffff:10.0.0.1": {},
	} {
		if got := lookup(db, netip.MustParseAddr(addr)); got != want {
			t.Errorf("Lookup(%s) = %+v, want %+v", addr, got, want)
		}
	}
	if got := lookup(db, netip.Addr{}); got != (found{}) {
		t.Errorf("Lookup of no address = %+v", got)
	}
}

func TestIPv6InAnIPv4File(t *testing.T) {
	db := mustOpen(t, temp(t, "x.mmdb", database(t, mmdbwriter.Options{DatabaseType: "Test", IPVersion: 4}, map[string]fields{"1.0.0.0/8": germany()})))
	if got := lookup(db, netip.MustParseAddr("2a01::1")); got != (found{}) {
		t.Errorf("Lookup of an IPv6 address = %+v", got)
	}
	if got := lookup(db, netip.MustParseAddr("::ffff:1.2.3.4")); got != inGermany {
		t.Errorf("Lookup of an IPv4 address in IPv6 clothes = %+v", got)
	}
}

func TestFirstFileThatKnowsWins(t *testing.T) {
	country := temp(t, "country.mmdb", everywhere(t, fields{"country_code": mmdbtype.String("DE")}))
	number := temp(t, "asn.mmdb", everywhere(t, fields{"asn": mmdbtype.String("AS1")}))
	all := temp(t, "all.mmdb", everywhere(t, france()))
	for _, c := range []struct {
		paths []string
		want  found
	}{
		{[]string{country, number, all}, found{"DE", 1, "Orange S.A."}},
		{[]string{number, country}, found{"DE", 1, ""}},
		{[]string{all, country, number}, inFrance},
		{nil, found{}},
	} {
		if got := lookup(mustOpen(t, c.paths...), somewhere); got != c.want {
			t.Errorf("Lookup in %q = %+v, want %+v", c.paths, got, c.want)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	good := everywhere(t, germany())
	dir := t.TempDir()
	huge := temp(t, "huge.mmdb", nil)
	if err := os.Truncate(huge, maxFile+1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "missing.mmdb"), "check the path"},
		{dir, "no regular file"},
		{huge, "larger than 1024 MiB"},
		{temp(t, "empty.mmdb", nil), "empty"},
		{temp(t, "garbage.mmdb", []byte(strings.Repeat("garbage", 1000))), "give an .mmdb file"},
		{temp(t, "list.csv", []byte("1.0.0.0,1.0.0.255,US\n")), "give an .mmdb file"},
		{temp(t, "cut.mmdb", good[:len(good)/2]), "download it again"},
		{temp(t, "tail.mmdb", good[len(good)-200:]), "download it again"},
		{temp(t, "x.mmdb.gz", []byte("\x1f\x8b\x08rest")), "gunzip"},
		{temp(t, "x.zip", []byte("PK\x03\x04rest")), "unzip"},
		{temp(t, "speed.mmdb", database(t, mmdbwriter.Options{DatabaseType: "GeoIP2-Connection-Type"},
			map[string]fields{"1.0.0.0/8": {"connection_type": mmdbtype.String("Dialup")}})), `"GeoIP2-Connection-Type" tells neither country nor network`},
		{temp(t, "none.mmdb", database(t, mmdbwriter.Options{DatabaseType: "None"}, nil)), `"None" tells neither`},
	} {
		db, err := Open([]string{temp(t, "good.mmdb", good), c.path})
		if err == nil || db != nil || !strings.Contains(err.Error(), c.path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%s): error %q, want the path and %q", c.path, err, c.want)
			continue
		}
		if n := strings.Count(err.Error(), c.path); n != 1 || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%s): error names the path %d times, or has lines: %q", c.path, n, err)
		}
	}
}

func TestClosed(t *testing.T) {
	db := mustOpen(t, temp(t, "x.mmdb", everywhere(t, germany())))
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := lookup(db, somewhere); got != (found{}) {
		t.Errorf("a closed DB finds %+v", got)
	}
	if changed, err := db.Reload(); changed || err == nil {
		t.Errorf("Reload of a closed DB = %v, %v", changed, err)
	}
}
