package e2e

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// Closing the books writes tables into mapped files. On a full disk that would
// kill the process, and with it every other site: neither a reload without
// them nor the end of the process may close them then.
func TestNothingIsClosedOnAFullDisk(t *testing.T) {
	t.Parallel()
	if !mayMount(t) {
		t.Log("this user may not mount a small disk to fill; nothing was tried")
		return
	}
	app := application(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-App-Event", `{"category":"global","text":"hello"}`)
	})
	g := newGate(t, app, setup{noConsoles: true})
	full.prepare(t, g.data)
	g.start()
	t.Cleanup(g.stop)
	g.opened()
	for range 50 {
		g.get("/before")
	}
	if n := len(g.requests()); n != 50 { // asking also has them written
		t.Fatalf("%d of 50 requests are recorded", n)
	}
	with, err := os.ReadFile(g.caddyfile)
	if err != nil {
		t.Fatal(err)
	}
	without := "{\n\tadmin " + g.admin + "\n\tauto_https off\n}\nhttp://" + g.site + " {\n\trespond \"still here\"\n}\n"

	full.begin(t, g.data)
	if status, body := g.load(without); status != http.StatusOK {
		t.Fatalf("a configuration without books is refused: %d %s", status, body)
	}
	if _, _, body := g.get("/"); body != "still here" {
		t.Fatalf("the other site says %q", body)
	}
	if status, body := g.load(string(with)); status != http.StatusOK {
		t.Fatalf("the books are not taken back: %d %s", status, body)
	}
	g.get("/during")
	g.stop()
	for _, end := range []string{"SIGBUS", "fatal error", "panic"} {
		if strings.Contains(g.log.String(), end) {
			t.Fatalf("the process died: %s", g.log)
		}
	}

	full.end(t, g.data)
	g.start()
	g.opened()
	g.get("/after")
	if n := len(g.requests("--path", "/before")); n != 50 {
		t.Errorf("%d of 50 requests are left", n)
	}
	if n := len(g.requests("--path", "/after")); n != 1 {
		t.Errorf("after the disk has space again, %d requests of 1 are recorded", n)
	}
}
