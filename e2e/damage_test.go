package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A damaged server log takes neither the application log down nor strict paths,
// and opens as soon as it can.
func TestDamagedServerLogAlone(t *testing.T) {
	t.Parallel()
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

// Damage to the application log ends no process and is not passed over: it is
// said, counted and shown in its place, and the log goes on.
func TestDamagedApplicationLog(t *testing.T) {
	t.Parallel()
	app := newTold()
	g := newGate(t, application(t, app.serve), setup{noConsoles: true})
	const told = 200
	for n := range told {
		app.set(fmt.Sprintf("/%d", n), eventJSON(fmt.Sprintf("told-%d", n)))
	}
	app.set("/new", eventJSON("new"))
	g.start()
	t.Cleanup(g.stop)
	for n := range told {
		getUnchanged(t, g, fmt.Sprintf("/%d", n))
	}
	g.stop()
	table := filepath.Join(g.data, "acme", "app", "000001.sst")
	content, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2000; i < len(content)/2; i += 97 {
		content[i] ^= 0xff
	}
	if err := os.WriteFile(table, content, 0o600); err != nil {
		t.Fatal(err)
	}

	g.start()
	getUnchanged(t, g, "/new")
	for n := range told {
		getUnchanged(t, g, fmt.Sprintf("/%d", n))
	}
	h := g.health().ApplicationLog
	if h.State != "ok" || h.Damaged == 0 || h.Dropped != 0 || !strings.Contains(h.Error, "restore the directory from a backup") {
		t.Errorf("the health is %+v", h)
	}
	if !strings.Contains(g.log.String(), "the application log is damaged") {
		t.Errorf("the server's log does not say so: %s", g.log)
	}
	stored := ids(g.events("--limit", "0"))
	for n := range told { // those that were lost have been told again
		if id := fmt.Sprintf("told-%d", n); stored[id] == 0 {
			t.Errorf("%s is in no list", id)
		}
	}
	g.stop()
	if stdout, stderr, code := g.run("events", "--limit", "0", "--data-dir", g.data, "--format", "ndjson"); code != 0 || !strings.Contains(stdout, "gatebook.unreadable") {
		t.Errorf("of a directory: exit %d, %s", code, stderr)
	}
}

// A list of a damaged log succeeds, and says that something is missing.
func TestListsTellDamage(t *testing.T) {
	t.Parallel()
	app := newTold()
	g := newGate(t, application(t, app.serve), setup{noConsoles: true})
	g.start()
	t.Cleanup(g.stop)
	const visits = 50
	for n := range visits {
		g.get(fmt.Sprintf("/%d", n))
	}
	g.stop()
	list := func(command string) (lines int, stderr string) {
		stdout, stderr, code := g.run(command, "--data-dir", g.data, "--limit", "0", "--format", "ndjson")
		if code != 0 {
			t.Errorf("%s: exit %d", command, code)
		}
		return strings.Count(stdout, "\n"), stderr
	}
	if n, stderr := list("requests"); n != visits || stderr != "" {
		t.Fatalf("%d requests, %s", n, stderr)
	}
	table := filepath.Join(g.data, "acme", "server", "000001.sst")
	f, err := os.OpenFile(table, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 100), 100); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(g.data, "acme", "app")); err != nil {
		t.Fatal(err)
	}
	n, stderr := list("requests")
	if n == visits || !strings.Contains(stderr, fmt.Sprintf("gatebook: %d requests are damaged or gone and not shown", visits-n)) {
		t.Errorf("%d requests, %s", n, stderr)
	}
	if !strings.Contains(stderr, filepath.Join("acme", "app")+" is missing") || strings.Count(stderr, "\n") != 2 {
		t.Errorf("of the missing book it says %s", stderr)
	}
}
