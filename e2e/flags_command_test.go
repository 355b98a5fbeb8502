package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// flagLine is a flag as other programs read it.
type flagLine struct {
	ID      string
	Subject struct{ Kind, Value string }
	State   string
	Review  string
	Rules   []struct{ Rule string }
}

// TestFlagCommands: a scanner is seen, decided about, exported and let go, with the
// server running and without; what is decided holds for the next one.
func TestFlagCommands(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, http.NotFound), setup{noConsoles: true, instance: "abuse {\n mode enforce\n}"})
	g.opened()
	list := func(args ...string) []flagLine {
		return decodeLines[flagLine](t, g.ask(append([]string{"flags", "--format", "ndjson"}, args...)...))
	}
	status := func() int { code, _, _ := g.get("/"); return code }

	banned := decodeLines[flagLine](t, g.ask("ban", "127.0.0.1", "198.51.100.0/24", "--for", "4h", "--note", "a scanner"))
	if len(banned) != 2 || banned[0].State != "banned" || status() != http.StatusForbidden {
		t.Fatalf("%+v, status %d", banned, status())
	}
	if got := g.ask("export", "flags"); got != "127.0.0.1/32\n198.51.100.0/24\n" {
		t.Errorf("exported %q", got)
	}
	if got := g.events("--type", "flag.decided"); len(got) != 1 || strings.Contains(fmt.Sprint(got), "198.51") {
		t.Errorf("%+v", got)
	}

	// Without the server.
	g.stop()
	if got := list("--state", "banned", "--ip", "127.0.0.1"); len(got) != 1 || got[0].ID != banned[0].ID {
		t.Errorf("%+v", got)
	}
	if got := g.ask("flags", "show", "127.0.0.1"); !strings.Contains(got, `"note":"a scanner"`) {
		t.Error(got)
	}
	g.ask("clear", "127.0.0.1")
	g.ask("throttle", "192.0.2.1")
	g.ask("flags", "confirm", banned[1].ID)
	if got := g.ask("export", "flags", "--format", "csv"); !strings.HasPrefix(got, "prefix,until,rules\n198.51.100.0/24,") || strings.Contains(got, "127.0") {
		t.Error(got)
	}
	if _, stderr, code := g.run("ban", "203.0.0.0/15", "--data-dir", g.data); code != 2 || !strings.Contains(stderr, "too wide") {
		t.Errorf("exit %d: %s", code, stderr)
	}

	// With it again.
	g.start()
	g.opened()
	if status() != http.StatusNotFound {
		t.Error("who was let go is still refused")
	}
	if got := list("--review", "confirmed"); len(got) != 3 { // banned by hand is confirmed
		t.Errorf("%+v", got)
	}
	if got := g.events("--type", "flag.decided"); len(got) != 4 {
		t.Errorf("%d entries about 4 calls: %+v", len(got), got)
	}
}
