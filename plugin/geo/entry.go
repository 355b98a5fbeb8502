package geo

import (
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"
)

// entry has the fields of the known vendors, under their names. It also has the names of the types that geoip2-golang supports,
// which other vendors use in files of their own types.
type entry struct {
	// Country is a map in files of MaxMind and DB-IP, a code or a name in
	// those of IPinfo.
	Country place `maxminddb:"country"`
	// CountryCode is what IPinfo Lite and ip-location-db have.
	CountryCode string `maxminddb:"country_code"`

	network
	// Traits is where GeoIP2 Enterprise has the network.
	Traits network `maxminddb:"traits"`

	// ASN is IPinfo's; the rest names the network there.
	ASN    number `maxminddb:"asn"`
	ASName string `maxminddb:"as_name"`
	ASOrg  string `maxminddb:"as_org"`
	Name   string `maxminddb:"name"`
}

// network is what MaxMind, DB-IP and ip-location-db call it.
type network struct {
	Number       number `maxminddb:"autonomous_system_number"`
	Organization string `maxminddb:"autonomous_system_organization"`
}

func (e *entry) country() string {
	if code := countryCode(e.CountryCode); code != "" {
		return code
	}
	return countryCode(string(e.Country))
}

func (e *entry) asn() uint32 {
	for _, n := range []number{e.Number, e.Traits.Number, e.ASN} {
		if n != 0 {
			return uint32(n)
		}
	}
	return 0
}

func (e *entry) asOrg() string {
	for _, name := range []string{e.Organization, e.Traits.Organization, e.ASName, e.ASOrg} {
		if name != "" {
			return name
		}
	}
	if e.ASN != 0 { // "name" alone could be anything's
		return e.Name
	}
	return ""
}

// countryCode gives s in upper case if it is a code. ZZ is used by some files
// where they do not know.
func countryCode(s string) string {
	if len(s) != 2 || !isLetter(s[0]) || !isLetter(s[1]) {
		return ""
	}
	if s = strings.ToUpper(s); s == "ZZ" {
		return ""
	}
	return s
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// place is a country's code, from a text or from a map with an iso_code.
type place string

// UnmarshalMaxMindDBCursor implements [mmdbdata.CursorUnmarshaler].
func (p *place) UnmarshalMaxMindDBCursor(c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	kind, err := c.Kind()
	if err != nil {
		return c, err
	}
	switch kind {
	case mmdbdata.KindString:
		var s string
		s, c, err = c.ReadString()
		*p = place(s)
		return c, err
	case mmdbdata.KindMap:
		return p.fromMap(c)
	}
	return c.Skip()
}

func (p *place) fromMap(c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	fields, err := c.Map()
	if err != nil {
		return c, err
	}
	var next mmdbdata.Cursor
	for {
		key, value, more := fields.Next(next)
		if !more {
			return fields.End()
		}
		if kind, err := value.Kind(); err == nil && kind == mmdbdata.KindString && string(key) == "iso_code" {
			var s string
			s, next, err = value.ReadString()
			*p = place(s)
			if err != nil {
				return next, err
			}
		} else if next, err = value.Skip(); err != nil {
			return next, err
		}
	}
}

// number is the number of a network, from a number or from a text such as
// "AS3320".
type number uint32

// UnmarshalMaxMindDBCursor implements [mmdbdata.CursorUnmarshaler].
func (n *number) UnmarshalMaxMindDBCursor(c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	kind, err := c.Kind()
	if err != nil {
		return c, err
	}
	switch kind {
	case mmdbdata.KindUint16, mmdbdata.KindUint32, mmdbdata.KindUint64:
		var v uint64
		v, c, err = c.ReadUint()
		if v == uint64(uint32(v)) {
			*n = number(v)
		}
		return c, err
	case mmdbdata.KindString:
		var s string
		s, c, err = c.ReadString()
		if v, bad := strconv.ParseUint(strings.TrimPrefix(s, "AS"), 10, 32); bad == nil {
			*n = number(v)
		}
		return c, err
	}
	return c.Skip()
}

// Interface guards
var (
	_ mmdbdata.CursorUnmarshaler = (*place)(nil)
	_ mmdbdata.CursorUnmarshaler = (*number)(nil)
)
