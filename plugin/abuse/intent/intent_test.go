package intent

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// requests reads a file of requests. A line is
//
//	[METHOD ]/path?query[<tab>user agent]   as on the wire
//	?name=value                             a parameter, to be escaped
func requests(t *testing.T, file string) (all []Target) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		line := in.Text()
		if line == "" || strings.HasPrefix(line, "# ") || line == "#" {
			continue
		}
		r := Target{Method: "GET"}
		if rest, ok := strings.CutPrefix(line, "?"); ok {
			name, value, _ := strings.Cut(rest, "=")
			r.Path, r.Query = "/", name+"="+url.QueryEscape(value)
			all = append(all, r)
			continue
		}
		line, r.UserAgent, _ = strings.Cut(line, "\t")
		if before, after, ok := strings.Cut(line, " /"); ok && strings.ToUpper(before) == before && !strings.Contains(before, "/") {
			r.Method, line = before, "/"+after
		}
		r.Path, r.Query, _ = strings.Cut(line, "?")
		all = append(all, r)
	}
	return all
}

func find(r Target) []Match { return New(nil).Find(&r, make([]Match, 0, 8)) }

// kindOf is the kind that a file of requests is about.
var kindOf = map[string]Kind{
	"exploits": Exploit, "sql": SQL, "script": Script, "code": Code, "traversal": Traversal, "secrets": Secret,
	"backdoors": Backdoor, "admin": AdminInterface, "cve": CVE, "technology": Technology,
}

// What ordinary requests ask for is nothing that blocks, of any kind; and nothing at
// all of a kind that is told by its place.
func TestBenign(t *testing.T) {
	for name, kind := range kindOf {
		all := requests(t, filepath.Join("words", name+".benign"))
		if len(all) < 50 {
			t.Errorf("%s has %d ordinary requests, want at least 50", name, len(all))
		}
		for _, r := range all {
			for _, m := range find(r) {
				if !m.Weak || kind >= Secret && m.Kind == kind {
					t.Errorf("%s: %s %s?%s is taken for %s", name, r.Method, r.Path, r.Query, show(m))
				}
			}
		}
	}
}

func show(m Match) string {
	return fmt.Sprintf("%s %q in %q (weak %v, root %v)", m.Kind, m.What, m.Param, m.Weak, m.Root)
}

// Attacks are found, and not as something weak.
func TestPositive(t *testing.T) {
	for name, kind := range kindOf {
		for _, r := range requests(t, filepath.Join("words", name+".positive")) {
			if found := find(r); !hasStrong(found, kind) {
				t.Errorf("%s: %s %s?%s %s: found %v", name, r.Method, r.Path, r.Query, r.UserAgent, found)
			}
		}
	}
}

func hasStrong(found []Match, kind Kind) bool {
	for _, m := range found {
		if m.Kind == kind && !m.Weak {
			return true
		}
	}
	return false
}
