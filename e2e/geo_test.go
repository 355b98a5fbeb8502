package e2e

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// putDatabase puts a file in MaxMind's format in place as updaters do: whole,
// under another name, and then renamed.
func putDatabase(t *testing.T, path string, networks map[string]mmdbtype.Map) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test"})
	if err != nil {
		t.Fatal(err)
	}
	for cidr, record := range networks {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, record); err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if _, err := tree.WriteTo(&data); err != nil {
		t.Fatal(err)
	}
	put(t, path, data.Bytes())
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func country(code string) mmdbtype.Map {
	return mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}
}

func network(number uint32, name string) mmdbtype.Map {
	return mmdbtype.Map{
		"autonomous_system_number":       mmdbtype.Uint32(number),
		"autonomous_system_organization": mmdbtype.String(name),
	}
}

// Requests are recorded with country and network. Files that were replaced are
// read without a restart; at the latest half a minute later, which the tests
// of the package geo prove without waiting, or here with a reload. A file that
// cannot be used changes nothing.
func TestRequestsAreRecordedWithCountryAndNetwork(t *testing.T) {
	t.Parallel()
	upstream := application(t, telling)
	config := strings.Replace(plainCaddyfile(setup{global: "servers {\n\t\ttrusted_proxies static 127.0.0.1\n\t}"}),
		"data_dir {{data}}", "data_dir {{data}}\n\t\tgeoip {{dir}}/country.mmdb {{dir}}/asn.mmdb", 1)
	g := newGate(t, upstream, setup{caddyfile: config})
	countries, networks := filepath.Join(g.dir, "country.mmdb"), filepath.Join(g.dir, "asn.mmdb")
	putDatabase(t, countries, map[string]mmdbtype.Map{"81.2.69.0/24": country("GB"), "2a02:2d0::/32": country("DE")})
	putDatabase(t, networks, map[string]mmdbtype.Map{"81.2.69.0/24": network(20712, "Andrews & Arnold"), "2a02:2d0::/32": network(3320, "Deutsche Telekom")})
	g.start()
	g.endWith(t)

	from := func(path, address string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, "http://"+g.site+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", address)
		do(t, req)
	}
	from("/first/4", "81.2.69.142")
	from("/first/6", "2a02:2d0::1")
	from("/first/mapped", "::ffff:81.2.69.142")
	from("/first/unknown", "198.18.0.1")

	// Names are looked up when a request is written, not while it is served.
	eventually(t, "the first are written", func() bool { return len(g.requests()) == 4 })

	reload := func() (stderr string, code int) {
		_, stderr, code = g.run("reload", "--force", "--config", g.caddyfile, "--adapter", "caddyfile", "--address", g.admin)
		return stderr, code
	}
	putDatabase(t, countries, map[string]mmdbtype.Map{"81.2.69.0/24": country("IE")})
	putDatabase(t, networks, map[string]mmdbtype.Map{"81.2.69.0/24": network(64500, "Another Network")})
	pid := g.cmd.Process.Pid
	if stderr, code := reload(); code != 0 {
		t.Fatalf("the reload failed: %s", stderr)
	}
	from("/second/4", "81.2.69.142")

	eventually(t, "the second is written", func() bool { return len(g.requests()) == 5 })

	put(t, countries, []byte("no database at all"))
	if stderr, code := reload(); code == 0 || !strings.Contains(stderr, countries) {
		t.Errorf("a reload with a broken file ends with code %d: %s", code, stderr)
	}
	from("/third/4", "81.2.69.142")
	if g.exited() || g.cmd.Process.Pid != pid {
		t.Error("the gate was restarted")
	}

	type names struct {
		country string
		asn     uint32
		org     string
	}
	want := map[string]names{
		"/first/4":       {"GB", 20712, "Andrews & Arnold"},
		"/first/6":       {"DE", 3320, "Deutsche Telekom"},
		"/first/mapped":  {"GB", 20712, "Andrews & Arnold"},
		"/first/unknown": {},
		"/second/4":      {"IE", 64500, "Another Network"},
		"/third/4":       {"IE", 64500, "Another Network"},
	}
	var records []request
	eventually(t, "every request is recorded", func() bool {
		records = g.requests()
		return len(records) == len(want)
	})
	for _, r := range records {
		if got := (names{r.Country, r.ASN, r.ASOrg}); got != want[r.Path] {
			t.Errorf("%s from %s is recorded with %+v, want %+v", r.Path, r.IP, got, want[r.Path])
		}
	}
	for flag, n := range map[string]int{"--country=gb": 2, "--country=IE": 2, "--asn=3320": 1, "--country=FR": 0} {
		if found := g.requests(flag); len(found) != n {
			t.Errorf("%s finds %d requests, want %d", flag, len(found), n)
		}
	}
}
