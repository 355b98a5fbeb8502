package geo

import (
	"errors"
	"net/netip"

	"github.com/oschwald/geoip2-golang/v2"
)

// typedLookup looks an address up with the method of geoip2-golang for the
// file's type.
type typedLookup func(netip.Addr) (answer, error)

// openTyped returns nil for files of types that geoip2-golang does not support,
// or that have neither country nor network. The caller frees data, and only
// when no lookup runs.
func openTyped(data []byte) typedLookup {
	r, err := geoip2.OpenBytes(data)
	if err != nil {
		return nil
	}
	// The order matters: readCountry also reads Enterprise files, without the
	// network.
	for _, lookup := range []func(*geoip2.Reader, netip.Addr) (answer, error){readEnterprise, readNetwork, readCountry} {
		// The methods that a type supports are only known after calling them.
		var unsupported geoip2.InvalidMethodError
		if _, err := lookup(r, netip.IPv4Unspecified()); !errors.As(err, &unsupported) {
			return func(addr netip.Addr) (answer, error) { return lookup(r, addr) }
		}
	}
	return nil
}

func readEnterprise(r *geoip2.Reader, addr netip.Addr) (answer, error) {
	record, err := r.Enterprise(addr)
	if err != nil {
		return answer{}, err
	}
	return answer{
		country: countryCode(record.Country.ISOCode),
		asn:     asNumber(uint64(record.Traits.AutonomousSystemNumber)),
		asOrg:   record.Traits.AutonomousSystemOrganization,
	}, nil
}

// readNetwork reads ISP files as well as ASN files.
func readNetwork(r *geoip2.Reader, addr netip.Addr) (answer, error) {
	record, err := r.ASN(addr)
	if err != nil {
		return answer{}, err
	}
	return answer{asn: asNumber(uint64(record.AutonomousSystemNumber)), asOrg: record.AutonomousSystemOrganization}, nil
}

// readCountry reads City files as well as Country files, and leaves out the cities.
func readCountry(r *geoip2.Reader, addr netip.Addr) (answer, error) {
	record, err := r.Country(addr)
	if err != nil {
		return answer{}, err
	}
	return answer{country: countryCode(record.Country.ISOCode)}, nil
}

// asNumber is 0 for what is no number of a network.
func asNumber(n uint64) uint32 {
	if n != uint64(uint32(n)) {
		return 0
	}
	return uint32(n)
}
