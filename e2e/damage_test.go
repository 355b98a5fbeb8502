package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A damaged server log takes neither the application log down nor strict paths,
// and opens as soon as it can.
func TestDamagedServerLogAlone(t *testing.T) {
	app := newTold()
	g := newGate(t, application(t, app.serve), setup{noConsoles: true, instance: strictPaths})
	for _, path := range []string{"/api/before", "/api/after", "/after"} {
		app.set(path, eventJSON(strings.ReplaceAll(path[1:], "/", "-")))
	}
	g.start()
	t.Cleanup(g.stop)
	getUnchanged(t, g, "/api/before")
	g.stop()
	table := filepath.Join(g.data, "acme", "server", "000001.sst")
	good, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, good[:len(good)-50], 0o600); err != nil {
		t.Fatal(err)
	}

	g.start()
	getUnchanged(t, g, "/api/after")
	getUnchanged(t, g, "/after")
	if stored := ids(g.events()); stored["api-before"] != 1 || stored["api-after"] != 1 || stored["after"] != 1 {
		t.Errorf("stored are %v", stored)
	}
	h := g.health()
	if h.State != "down" || h.ServerLog.State != "down" || h.ServerLog.Dropped == 0 || !strings.Contains(h.ServerLog.Error, "restore it from a backup") {
		t.Errorf("of the server log it says %+v", h.ServerLog)
	}
	if h.ApplicationLog.State != "ok" || h.ApplicationLog.Dropped != 0 {
		t.Errorf("of the application log it says %+v", h.ApplicationLog)
	}
	if _, stderr, code := g.run("requests", "--address", g.admin); code == 0 {
		t.Errorf("requests: exit %d, %s", code, stderr)
	}

	if err := os.WriteFile(table, good, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server log is open", func() bool { return g.health().State == "ok" })
	if status, _, _ := g.get("/now"); status != http.StatusAccepted {
		t.Errorf("answered %d", status)
	}
	eventually(t, "requests are recorded again", func() bool { return g.health().ServerLog.Recorded > 0 })
}
