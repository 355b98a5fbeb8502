package geo

import (
	"net/netip"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"
)

func BenchmarkLookup(b *testing.B) {
	for _, file := range []struct {
		databaseType string
		record       fields
	}{
		{"Test", germany()},
		{"GeoLite2-ASN", maxMindASN()},
		{"GeoLite2-Country", maxMindCountry()},
		{"GeoIP2-Enterprise", maxMindEnterprise()},
	} {
		b.Run(file.databaseType, func(b *testing.B) {
			db := mustOpen(b, temp(b, "x.mmdb", typedEverywhere(b, file.databaseType, file.record)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				db.Lookup(netip.AddrFrom4([4]byte{1, byte(i >> 16), byte(i >> 8), byte(i)}))
			}
		})
	}
}

// The records below have all fields that MaxMind's files have, since
// geoip2-golang decodes them all.

func maxMindASN() fields {
	return fields{
		"autonomous_system_number":       mmdbtype.Uint32(3320),
		"autonomous_system_organization": mmdbtype.String("Deutsche Telekom AG"),
	}
}

func maxMindCountry() fields {
	return fields{
		"continent":          fields{"code": mmdbtype.String("EU"), "geoname_id": mmdbtype.Uint32(6255148), "names": names("Europe")},
		"country":            maxMindPlace("DE", "Germany"),
		"registered_country": maxMindPlace("US", "United States"),
		"traits":             fields{"is_anycast": mmdbtype.Bool(true)},
	}
}

func maxMindEnterprise() fields {
	record := maxMindCountry()
	record["country"].(fields)["confidence"] = mmdbtype.Uint16(99)
	record["city"] = fields{"confidence": mmdbtype.Uint16(50), "geoname_id": mmdbtype.Uint32(2950159), "names": names("Berlin")}
	record["location"] = fields{
		"accuracy_radius": mmdbtype.Uint16(20), "latitude": mmdbtype.Float64(52.5), "longitude": mmdbtype.Float64(13.4),
		"time_zone": mmdbtype.String("Europe/Berlin"),
	}
	record["postal"] = fields{"code": mmdbtype.String("10115"), "confidence": mmdbtype.Uint16(20)}
	record["subdivisions"] = mmdbtype.Slice{fields{
		"confidence": mmdbtype.Uint16(60), "geoname_id": mmdbtype.Uint32(2950157), "iso_code": mmdbtype.String("BE"), "names": names("Berlin"),
	}}
	record["traits"] = fields{
		"autonomous_system_number":       mmdbtype.Uint32(3320),
		"autonomous_system_organization": mmdbtype.String("Deutsche Telekom AG"),
		"connection_type":                mmdbtype.String("Cable/DSL"),
		"domain":                         mmdbtype.String("t-ipconnect.de"),
		"isp":                            mmdbtype.String("DTAG"),
		"organization":                   mmdbtype.String("DTAG"),
		"user_type":                      mmdbtype.String("residential"),
	}
	return record
}

func maxMindPlace(code, name string) fields {
	return fields{
		"geoname_id": mmdbtype.Uint32(2921044), "is_in_european_union": mmdbtype.Bool(true),
		"iso_code": mmdbtype.String(code), "names": names(name),
	}
}

func names(name string) fields {
	all := fields{}
	for _, language := range []mmdbtype.String{"de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN"} {
		all[language] = mmdbtype.String(name) + " " + language
	}
	return all
}
