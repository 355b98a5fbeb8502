package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// outage makes a gate's store impossible to write, and possible again. Both
// are real: no part of the product is told.
type outage struct {
	// prepare is called before the gate's first start, with its data
	// directory, which does not exist yet.
	prepare    func(t *testing.T, dir string)
	begin, end func(t *testing.T, dir string)
	// reason is what the operator is told.
	reason string
}

// vanished takes the application log's directory away, as a file system that
// is no longer mounted does. Any user can.
var vanished = outage{
	prepare: func(*testing.T, string) {},
	begin: func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Rename(filepath.Join(dir, "acme", "app"), filepath.Join(dir, "app.away")); err != nil {
			t.Fatal(err)
		}
	},
	end: func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Rename(filepath.Join(dir, "app.away"), filepath.Join(dir, "acme", "app")); err != nil {
			t.Fatal(err)
		}
	},
	reason: "no such file or directory",
}

// full fills a small disk to its last byte.
var full = outage{
	prepare: mountSmallDisk,
	begin: func(t *testing.T, dir string) {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, "ballast"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for piece := make([]byte, 1<<20); err == nil; _, err = f.Write(piece) {
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	},
	end: func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
			t.Fatal(err)
		}
	},
	reason: "disk is full",
}

const smallDisk = 160 << 20

func mountSmallDisk(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", smallDisk)); err != nil {
		t.Fatalf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// mayMount reports whether this user may mount a file system.
func mayMount(t *testing.T) bool {
	dir := t.TempDir()
	if syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4096") != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
}

// outages are the ways for which this user's rights suffice: one at least.
func outages(t *testing.T) map[string]outage {
	ways := map[string]outage{"vanished directory": vanished}
	if mayMount(t) {
		ways["full disk"] = full
	} else {
		t.Log("this user may not mount a small disk to fill; the log is taken away in another way only")
	}
	return ways
}

const strictPaths = `application_log {
			strict /api/*
		}`

// While the log cannot be written the site goes on, except on strict paths,
// where the application is not even asked. When it can be written again, all
// is stored late and an entry reports the gap.
func TestDownAndBack(t *testing.T) {
	t.Parallel()
	for name, way := range outages(t) {
		t.Run(name, func(t *testing.T) {
			app := newTold()
			g := newGate(t, application(t, app.serve), setup{noConsoles: true, instance: strictPaths})
			way.prepare(t, g.data)
			g.start()
			t.Cleanup(g.stop)
			g.opened()
			for _, path := range []string{"/before", "/during", "/during2", "/after", "/api/before", "/api/during", "/api/after"} {
				app.set(path, eventJSON(strings.ReplaceAll(path[1:], "/", "-")))
			}
			getUnchanged(t, g, "/before")
			getUnchanged(t, g, "/api/before")

			way.begin(t, g.data)
			getUnchanged(t, g, "/during")
			eventually(t, "the log is down", func() bool { return g.health().ApplicationLog.State == "down" })
			getUnchanged(t, g, "/during2")
			getUnchanged(t, g, "/during2")
			getUnchanged(t, g, "/nothing")
			checkStrict(t, g, app)
			h := g.health()
			if h.State != "down" || !strings.Contains(h.ApplicationLog.Error, way.reason) {
				t.Errorf("the operator is told %+v, %+v", h, h.ApplicationLog)
			}
			if stored := ids(g.events()); stored["before"] != 1 || stored["during"] != 0 || stored["during2"] != 0 {
				t.Errorf("while the log is down it shows %v", stored)
			}

			way.end(t, g.data)
			eventually(t, "the log is back", func() bool { return g.health().State == "ok" && gapOf(g.events()) != nil })
			getUnchanged(t, g, "/after")
			getUnchanged(t, g, "/api/after")
			checkBack(t, g)
		})
	}
}

func checkStrict(t *testing.T, g *gate, app *told) {
	t.Helper()
	status, h, body := g.get("/api/during")
	if status != http.StatusServiceUnavailable {
		t.Errorf("a strict path is answered %d %v %q", status, h, body)
	}
	if n := app.count("/api/during"); n != 0 {
		t.Errorf("the application acted %d times on a strict path", n)
	}
}

func gapOf(events []event) *event {
	for i := range events {
		if events[i].Type == "gatebook.gap" {
			return &events[i]
		}
	}
	return nil
}

func checkBack(t *testing.T, g *gate) {
	t.Helper()
	events := g.events()
	stored := ids(events)
	for _, id := range []string{"before", "api-before", "during", "during2", "after", "api-after"} {
		if stored[id] != 1 {
			t.Errorf("event %s is stored %d times", id, stored[id])
		}
	}
	if stored["api-during"] != 0 {
		t.Error("an event of a refused request is stored")
	}
	// On a slow machine others may be late as well: that is told, too.
	late, toldLate := 0, 0.0
	for _, e := range events {
		if e.Type == "gatebook.gap" {
			n, _ := e.Details["late"].(float64)
			toldLate += n
			if e.Category != "gatebook" || e.Details["lost"] != 0.0 {
				t.Errorf("a gap is told as %+v", e)
			}
			continue
		}
		late += b2i(has(e.Marks, "late"))
		if strings.HasPrefix(e.ID, "during") && !has(e.Marks, "late") {
			t.Errorf("event %s has the marks %v", e.ID, e.Marks)
		}
	}
	if toldLate != float64(late) {
		t.Errorf("%d events are late, %v are told to be", late, toldLate)
	}
	if h := g.health().ApplicationLog; h.Late != uint64(late) || h.Dropped != 0 || h.Error != "" {
		t.Errorf("with %d late events, stats count %+v", late, h)
	}
	eventually(t, "all requests are in the server log", func() bool { return len(g.requests()) == 9 })
	statuses := map[int]int{}
	for _, r := range g.requests() {
		statuses[r.Status]++
	}
	if statuses[http.StatusServiceUnavailable] != 1 || statuses[http.StatusAccepted] != 8 {
		t.Errorf("the server log has the statuses %v", statuses)
	}
}

// A gate that starts on a full disk serves its site all the same, and opens its
// books when there is space.
func TestStartOnFullDisk(t *testing.T) {
	t.Parallel()
	if !mayMount(t) {
		t.Log("this user may not mount a small disk to fill; TestDownAndBack has the other way")
		return
	}
	app := newTold()
	g := newGate(t, application(t, app.serve), setup{noConsoles: true, instance: strictPaths})
	app.set("/during", eventJSON("during"))
	app.set("/after", eventJSON("after"))
	full.prepare(t, g.data)
	makeToken(t, g) // there is no space for a new one
	full.begin(t, g.data)
	g.start()
	t.Cleanup(g.stop)
	g.opened()
	getUnchanged(t, g, "/during")
	checkStrict(t, g, app)
	if h := g.health(); h.State != "down" || !strings.Contains(h.ApplicationLog.Error, full.reason) || h.ApplicationLog.Dropped != 1 || h.ServerLog.Dropped < 1 {
		t.Errorf("the operator is told %+v, %+v, %+v", h, h.ApplicationLog, h.ServerLog)
	}

	full.end(t, g.data)
	eventually(t, "the books are open", func() bool { return g.health().State == "ok" })
	getUnchanged(t, g, "/after")
	events := g.events()
	if stored := ids(events); stored["after"] != 1 {
		t.Errorf("stored are %v", stored)
	}
	if gap := gapOf(events); gap == nil || gap.Details["lost"] != 1.0 {
		t.Errorf("the gap is told as %+v", gap)
	}
}

func makeToken(t *testing.T, g *gate) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(g.data, "admin.token"), []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
