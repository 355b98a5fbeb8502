package geo

import (
	"fmt"
	"net/netip"
	"runtime"
	"sync"

	"github.com/oschwald/maxminddb-golang/v2"
)

// probed is how many records are looked at to see what a file knows.
const probed = 1000

// answer is the record of an address in a file. Unknown fields are empty
// or 0.
type answer struct {
	country string // ISO 3166-1 alpha-2, upper case
	asn     uint32
	asOrg   string
}

// reader answers from the bytes of one file.
type reader struct {
	// typed reads the file by its type. It is nil when geoip2-golang does not
	// support the type, or if the records have more fields than the type.
	typed typedLookup
	// plain reads records by the names of their fields, whatever the type.
	plain *maxminddb.Reader
}

// parse makes a reader of data, which is freed with it.
func parse(data memory) (*reader, error) {
	plain, err := maxminddb.OpenBytes(data.bytes)
	if err != nil {
		defer data.free()
		return nil, unreadable(data.bytes, err)
	}
	r := &reader{typed: openTyped(data.bytes), plain: plain}
	// Both libraries' readers refer to the bytes, but only r is reachable for
	// as long as either is in use: see lookup.
	runtime.AddCleanup(r, memory.free, data)
	if !r.probe() {
		return nil, fmt.Errorf("a file of type %q tells neither country nor network: give a Country, City or ASN file", plain.Metadata.DatabaseType)
	}
	return r, nil
}

// probe looks into the file, since the names that vendors give their types
// follow no rule: useful reports whether it knows anything. Some vendors also
// take a type of MaxMind's and have more in their records than it has, or name
// their fields otherwise; such a file is not read by its type.
func (r *reader) probe() (useful bool) {
	looked := 0
	for result := range r.plain.Networks() {
		got := decode(result)
		useful = useful || got != answer{}
		if r.typed != nil {
			if typed, err := r.typed(result.Prefix().Addr()); err != nil || typed != got {
				r.typed = nil
			}
		}
		if looked++; looked == probed || useful && r.typed == nil {
			break
		}
	}
	runtime.KeepAlive(r)
	return useful
}

// lookup returns the record of addr. It is empty if it cannot be read.
func (r *reader) lookup(addr netip.Addr) answer {
	// Unreachable, r would have its bytes freed under the lookup.
	defer runtime.KeepAlive(r)
	if r.typed != nil {
		if a, err := r.typed(addr); err == nil {
			return a
		}
		// One field of another kind makes geoip2-golang refuse a whole record.
	}
	return decode(r.plain.Lookup(addr))
}

var records = sync.Pool{New: func() any { return new(entry) }}

func decode(result maxminddb.Result) answer {
	e := records.Get().(*entry)
	defer records.Put(e)
	*e = entry{}
	if result.Decode(e) != nil {
		return answer{}
	}
	return answer{e.country(), e.asn(), e.asOrg()}
}
