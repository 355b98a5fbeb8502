package geo

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

type fields = mmdbtype.Map

// database makes the bytes of an .mmdb file.
func database(tb testing.TB, options mmdbwriter.Options, networks map[string]fields) []byte {
	tb.Helper()
	tree, err := mmdbwriter.New(options)
	if err != nil {
		tb.Fatal(err)
	}
	for cidr, record := range networks {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			tb.Fatal(err)
		}
		if err := tree.Insert(network, record); err != nil {
			tb.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := tree.WriteTo(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// everywhere is a file that says the same of all public IPv4 addresses near
// 1.0.0.0.
func everywhere(tb testing.TB, record fields) []byte {
	tb.Helper()
	return typedEverywhere(tb, "Test", record)
}

// typedEverywhere is such a file of a type, which decides how it is read.
func typedEverywhere(tb testing.TB, databaseType string, record fields) []byte {
	tb.Helper()
	return database(tb, mmdbwriter.Options{DatabaseType: databaseType}, map[string]fields{"1.0.0.0/8": record})
}

var somewhere = netip.MustParseAddr("1.2.3.4")

func germany() fields {
	return fields{
		"country":                        fields{"iso_code": mmdbtype.String("DE")},
		"autonomous_system_number":       mmdbtype.Uint32(3320),
		"autonomous_system_organization": mmdbtype.String("Deutsche Telekom AG"),
	}
}

func france() fields {
	return fields{
		"country":                        fields{"iso_code": mmdbtype.String("FR")},
		"autonomous_system_number":       mmdbtype.Uint32(3215),
		"autonomous_system_organization": mmdbtype.String("Orange S.A."),
	}
}

// enterprise is a record with the layout of MaxMind's Enterprise files: it says
// the same as r, which is germany or france.
func enterprise(r fields) fields {
	return fields{"country": r["country"], "traits": fields{
		"autonomous_system_number":       r["autonomous_system_number"],
		"autonomous_system_organization": r["autonomous_system_organization"],
	}}
}

// makers make files that say what a record does, one for each way of reading
// them.
var makers = map[string]func(testing.TB, fields) []byte{
	"by fields": everywhere,
	"by type": func(tb testing.TB, record fields) []byte {
		tb.Helper()
		return typedEverywhere(tb, "GeoIP2-Enterprise", enterprise(record))
	},
}

func put(tb testing.TB, path string, data []byte) string {
	tb.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// overwrite writes in place, as cp does, and makes sure that the time of
// modification is another one, however coarse the file system's clock.
func overwrite(tb testing.TB, path string, data []byte) {
	tb.Helper()
	before, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	put(tb, path, data)
	later := before.ModTime().Add(time.Second)
	if err := os.Chtimes(path, later, later); err != nil {
		tb.Fatal(err)
	}
}

// replace renames a new file over path, as mv and updaters do.
func replace(tb testing.TB, path string, data []byte) {
	tb.Helper()
	if err := os.Rename(put(tb, path+".new", data), path); err != nil {
		tb.Fatal(err)
	}
}

func mustOpen(tb testing.TB, paths ...string) *DB {
	tb.Helper()
	db, err := Open(paths)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

func temp(tb testing.TB, name string, data []byte) string {
	return put(tb, filepath.Join(tb.TempDir(), name), data)
}

// found is what a lookup says.
type found struct {
	country string
	asn     uint32
	asOrg   string
}

func lookup(db *DB, addr netip.Addr) (f found) {
	f.country, f.asn, f.asOrg = db.Lookup(addr)
	return f
}

var (
	inGermany = found{"DE", 3320, "Deutsche Telekom AG"}
	inFrance  = found{"FR", 3215, "Orange S.A."}
)
