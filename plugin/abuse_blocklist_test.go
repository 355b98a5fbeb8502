package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse"
)

// A list with an error in it is named, with the line, the value and the remedy. No
// configuration starts with one, and checking the settings reads no files.
func TestBlockListFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.txt"), filepath.Join(dir, "bad.txt")
	must(t, os.WriteFile(good, []byte("198.51.100.0/24 ; SBL1\n"), 0o600))
	configure := func() (*instance, error) {
		s := Settings{Abuse: &AbuseSettings{Blocklists: []BlocklistSettings{{Files: []string{good, bad}, Action: "block"}}}}
		must(t, s.Abuse.Check())
		in := newInstance("acme", dir, nil)
		return in, in.configure("a server", s)
	}
	expect := func(says ...string) {
		t.Helper()
		_, err := configure()
		if err == nil {
			t.Fatal("the list is accepted")
		}
		for _, part := range append(says, `instance "acme": abuse: blocklist: reading `+bad) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error %q does not say %q", err, part)
			}
		}
	}
	expect("no such file", "check the path")
	must(t, os.WriteFile(bad, []byte("# a list\n198.51.100.0/99\n"), 0o600))
	expect("line 2", `"198.51.100.0/99"`, "such as 203.0.113.0/24")
	must(t, os.WriteFile(bad, []byte("# a list\n2001:db8::/32\n"), 0o600))
	in, err := configure()
	must(t, err)
	if l := in.detector.Blocklists; len(l) != 1 || l[0].Action != abuse.Block || l[0].List.Len() != 2 {
		t.Errorf("%+v", l)
	}
}

// The Caddyfile's rates are what the detector gets.
func TestRatesOfPaths(t *testing.T) {
	s := AbuseSettings{Rates: []PathRateSettings{
		{Method: "POST", Path: "/login", Rate: "10/m", Burst: 20},
		{Path: "/search", Rate: "5/s"},
		{Path: "/export", Rate: "0.5/h", Per: "instance"},
	}, Login: []string{"/signin"}}
	must(t, s.Check())
	c, err := s.Detector()
	must(t, err)
	for i, want := range []abuse.PathRate{
		{Method: "POST", Path: "/login", PerSecond: 10.0 / 60, Burst: 20},
		{Path: "/search", PerSecond: 5, Burst: 5},
		{Path: "/export", PerSecond: 0.5 / 3600, Burst: 1, PerInstance: true},
	} {
		if c.Paths[i] != want {
			t.Errorf("got %+v, want %+v", c.Paths[i], want)
		}
	}
	if len(c.LoginPaths) != 1 || c.LoginPaths[0] != "/signin" {
		t.Errorf("login paths %q", c.LoginPaths)
	}
}
