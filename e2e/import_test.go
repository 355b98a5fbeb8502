package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func noUpstream(t *testing.T) string {
	return application(t, func(http.ResponseWriter, *http.Request) {})
}

// linesOfLog returns the content of the lines of a log in combined format, sorted.
func linesOfLog(t *testing.T, text []byte) (want []string) {
	t.Helper()
	all := strings.Split(string(text), "\n")
	for i, l := range readLog(t, text) {
		stamp, _, _ := strings.Cut(all[i][strings.IndexByte(all[i], '[')+1:], "]")
		at, err := time.Parse("02/Jan/2006:15:04:05 -0700", stamp)
		if err != nil {
			t.Fatal(err)
		}
		path, query, _ := strings.Cut(l.target, "?")
		want = append(want, fmt.Sprintf("%d %s %s %s %q %q %d %d %q %q",
			at.Unix(), l.ip, l.method, l.proto, path, query, l.status, l.size, unescaped(t, l.referer), unescaped(t, l.agent)))
	}
	slices.Sort(want)
	return want
}

// unescaped is what a client sent, as JSON has it: Apache writes bytes that are
// not ASCII as \xNN.
func unescaped(t *testing.T, s string) string {
	t.Helper()
	sent, err := strconv.Unquote(`"` + s + `"`)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return string([]rune(sent))
}

func asInLog(list []request) []string {
	var got []string
	for _, r := range list {
		got = append(got, fmt.Sprintf("%d %s %s %s %q %q %d %d %q %q",
			r.Time.Unix(), r.IP, r.Method, r.Proto, r.Path, r.Query, r.Status, r.Bytes, r.Referer, r.UserAgent))
	}
	slices.Sort(got)
	return got
}

// compareLines reports the first differences between two sorted lists.
func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
	for i, shown := 0, 0; i < min(len(got), len(want)) && shown < 3; i++ {
		if got[i] != want[i] {
			t.Errorf("\n got %s\nwant %s", got[i], want[i])
			shown++
		}
	}
}

// A log that is imported is in the server log, every line once, whichever
// way it took, and with the names of all browsers.
func TestImportOfALog(t *testing.T) {
	t.Parallel()
	text := generatedLog(2000)
	path := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	checkImport(t, path, text, "2,000")
}

// checkImport imports a log of so many lines over the server, compressed, and
// into the directory.
func checkImport(t *testing.T, path string, text []byte, count string) {
	t.Helper()
	want := linesOfLog(t, text)
	zipped := filepath.Join(t.TempDir(), "access.log.1")
	var b bytes.Buffer
	for _, half := range [][]byte{text[:len(text)/2], text[len(text)/2:]} {
		w := gzip.NewWriter(&b) // each a member of its own
		if _, err := w.Write(half); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(zipped, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file string
		directly   bool
	}{{"server", path, false}, {"gzip", zipped, false}, {"directory", path, true}} {
		t.Run(c.name, func(t *testing.T) {
			g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
			g.opened()
			where := []string{"--address", g.admin}
			if c.directly {
				g.stop()
				where = []string{"--data-dir", g.data}
			}
			out, errs, code := g.run(append([]string{"import", c.file}, where...)...)
			if out != "imported "+count+" requests from "+c.file+"\n" || errs != "" || code != 0 {
				t.Fatalf("exit %d: %s%s", code, out, errs)
			}
			if c.directly {
				g.start()
				g.opened()
			}
			list := g.requests()
			compareLines(t, asInLog(list), want)
			checkAgentsNamed(t, list)
			g.checkNothingDropped(t)
			if c.directly {
				return
			}
			if out := g.ask("import", c.file); out != c.file+" is imported already; nothing was added\n" {
				t.Errorf("the second time: %s", out)
			}
			if n := g.health().ServerLog.Entries; n != uint64(len(want)) {
				t.Errorf("%d requests after the second time", n)
			}
		})
	}
}

// checkAgentsNamed fails where a budget left agents without their names.
func checkAgentsNamed(t *testing.T, list []request) {
	t.Helper()
	agents, named := map[string]string{}, 0
	for _, r := range list {
		if before, known := agents[r.UserAgent]; known && before != r.Browser {
			t.Errorf("%q has the names %q and %q", r.UserAgent, before, r.Browser)
		} else if !known && r.Browser != "" {
			named++
		}
		agents[r.UserAgent] = r.Browser
	}
	// The rest are feed readers and agents made by hand.
	if share := float64(named) / float64(len(agents)); share < 0.92 {
		t.Errorf("%d of %d agents have names", named, len(agents))
	}
}

func (g *gate) checkNothingDropped(t *testing.T) {
	t.Helper()
	if h := g.health(); h.State != "ok" || h.ServerLog.Dropped != 0 || h.ServerLog.Damaged != 0 {
		t.Errorf("the server log says of itself: %+v", h.ServerLog)
	}
}

func TestImportUsage(t *testing.T) {
	t.Parallel()
	g := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	g.opened()
	at := "--address=" + g.admin
	bad, empty := filepath.Join(g.dir, "bad.log"), filepath.Join(g.dir, "empty.log")
	for path, text := range map[string]string{bad: "what is this?\n", empty: ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkUsage(t, g, []usage{
		{[]string{"import", at}, 2, []string{"no file is given", "import --help"}},
		{[]string{"import", at, bad, "--format", "xml"}, 2, []string{"--format", "xml", "combined, caddy or ndjson"}},
		{[]string{"import", at, bad, "--colour"}, 2, []string{"--colour", "import --help"}},
		{[]string{"import", at, bad + ".gone"}, 1, []string{bad + ".gone"}},
		{[]string{"import", at, bad}, 1, []string{bad, "--format"}},
		{[]string{"import", at, g.dir}, 1, []string{g.dir, "directory"}},
		{[]string{"import", "--address", freeAddress(t), empty}, 1, []string{"no server answers"}},
		{[]string{"import", at, empty}, 0, nil},
		{[]string{"gatebook", "import", at, empty}, 0, nil},
	})
	out, errs, code := g.run("import", at, bad, "--format", "combined")
	if code != 1 || out != "" || !strings.HasPrefix(errs, bad+":1: column ") || !strings.Contains(errs, "gatebook: no line of "+bad) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
