//go:build foreign

package intent

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/gatebook/gatebook/bench/corpus"
)

// The attacks of the field's own cases ask for as many distinct things as there.
func TestForeignCases(t *testing.T) {
	for name, want := range map[string]struct {
		kind     Kind
		distinct int
	}{
		"nginx-http-sqli-probing":       {SQL, 16},
		"nginx-http-xss-probing":        {Script, 17},
		"bunkerweb-http-path-traversal": {Traversal, 4},
		"apache2-http-sensitive-files":  {Secret, 13},
		"http-admin-interface-probing":  {AdminInterface, 3},
		"http-cve-probing":              {CVE, 3},
		"nginx-http-backdoor":           {Backdoor, 2},
	} {
		file, err := corpus.Foreign("abuse", name+".ndjson")
		if err != nil {
			t.Fatal(err)
		}
		if got := distinct(t, file, want.kind); len(got) < want.distinct {
			t.Errorf("%s: %d distinct, want %d: %v", name, len(got), want.distinct, got)
		}
	}
}

func distinct(t *testing.T, file string, kind Kind) map[string]bool {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := map[string]bool{}
	for in := bufio.NewScanner(f); in.Scan(); {
		var r struct{ Method, Path, Query string }
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		for _, m := range find(Target{Method: r.Method, Path: r.Path, Query: r.Query}) {
			if m.Kind == kind {
				found[m.Param+" "+m.What] = true
			}
		}
	}
	return found
}
