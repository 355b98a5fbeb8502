package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// On a directory the flags say what the configuration would.
func TestRetentionOfADirectory(t *testing.T) {
	t.Parallel()
	g := newGate(t, "localhost:1", setup{noConsoles: true})
	g.fill("old", 100, 60*time.Hour, vanishing)
	g.fill("middle", 100, 30*time.Hour, vanishing)
	in := []string{"--data-dir", g.data}
	for want, args := range map[string][]string{
		"give --retention 30d":                {},
		"--full-ip needs --retention":         {"--full-ip", "1d"},
		"--retention \"x\" is no duration":    {"--retention", "x"},
		"must be from 1d to 36500d":           {"--retention", "1h"},
		"full_ip 3d is longer than retention": {"--retention", "2d", "--full-ip", "3d"},
	} {
		stdout, stderr, code := g.run(append(append([]string{"retention", "run"}, args...), in...)...)
		if code != 2 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 || stdout != "" {
			t.Errorf("%q: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
	for _, dry := range []bool{true, false} {
		stdout, stderr, code := g.run(append([]string{"retention", "run", "--retention", "2d", "--full-ip", "1d", fmt.Sprintf("--dry-run=%t", dry)}, in...)...)
		r := decodeLines[retentionReport](t, stdout)
		if code != 0 || len(r) != 1 || r[0].DryRun != dry || r[0].ServerLog.Deleted != 100 || r[0].ServerLog.Shortened == 0 {
			t.Errorf("exit %d: %s %s", code, stdout, stderr)
		}
	}
	if found := append(g.files([]byte("/old/")), g.addressesOnDisk()...); found != nil {
		t.Errorf("left on the disk: %q", found)
	}
}

// A running server's configuration is not overruled.
func TestRetentionIsTheConfigurations(t *testing.T) {
	t.Parallel()
	g := startGate(t, "localhost:1", setup{noConsoles: true})
	g.opened()
	stdout, stderr, code := g.run("retention", "run", "--retention", "1d", "--address", g.admin)
	if code != 2 || !strings.Contains(stderr, "running server's configuration") || stdout != "" {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	for path, want := range map[string]int{"retention/run": http.StatusMethodNotAllowed, "check?x=1": http.StatusBadRequest, "check": http.StatusOK} {
		if status, body := g.askAdmin("acme/" + path); status != want {
			t.Errorf("GET %s: %d %s", path, status, body)
		}
	}
}

// stats --check reports a sound directory, and names damage.
func TestStatsCheck(t *testing.T) {
	t.Parallel()
	g := newGate(t, application(t, tellsOfEverything), setup{noConsoles: true})
	g.fill("new", 40_000, time.Hour, staying)
	g.start()
	g.endWith(t)
	g.opened()
	for range 3 {
		g.get("/header-1")
	}
	type checked struct {
		Server struct {
			Blocks, Entries, Damaged, Missing uint64
			Faults                            []struct{ What, Reason string }
		} `json:"server_log"`
		App struct{ Entries, Damaged uint64 } `json:"application_log"`
	}
	eventually(t, "the requests are recorded", func() bool { return g.health().ServerLog.Recorded == 3 })
	all := decodeLines[checked](t, g.ask("stats", "--check"))[0]
	if all.Server.Entries != 40_003 || all.Server.Blocks == 0 || all.App.Entries == 0 || all.Server.Damaged+all.App.Damaged != 0 {
		t.Errorf("checked %+v", all)
	}
	g.stop()

	flipSome(t, filepath.Join(g.data, "acme", "server"))
	stdout, stderr, code := g.run("stats", "--check", "--data-dir", g.data)
	found := decodeLines[checked](t, stdout)
	// What Badger's own checksums notice is taken out of its tables at the start,
	// and missed; the rest is named.
	if code != 1 || len(found) != 1 || found[0].Server.Damaged+found[0].Server.Missing == 0 ||
		!strings.Contains(stderr, "restore the directory from a backup") {
		t.Errorf("exit %d: %s %s", code, stdout, stderr)
	}
}

// flipSome flips bits all over the largest table, of which some is replaced and
// no longer read.
func flipSome(t *testing.T, dir string) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables %q, %v", tables, err)
	}
	var largest string
	var content []byte
	for _, table := range tables {
		b, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > len(content) {
			largest, content = table, b
		}
	}
	for eighth := 1; eighth < 8; eighth++ {
		content[len(content)*eighth/8] ^= 1
	}
	if err := os.WriteFile(largest, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
