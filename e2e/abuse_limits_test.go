package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// send posts to a path as a client of an address does, and returns the response
// without its body.
func (g *gate) send(ip, path string) *http.Response {
	g.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+g.site+path, nil)
	must(g.t, err)
	req.Header.Set("X-Forwarded-For", ip)
	req.Header.Set("User-Agent", "curl/8.5.0")
	res, err := http.DefaultTransport.RoundTrip(req)
	must(g.t, err)
	must(g.t, res.Body.Close())
	return res
}

// welcoming answers everything with 200.
func welcoming(http.ResponseWriter, *http.Request) {}

// The 21st POST to a form with `10/m burst 20` is refused, until its Retry-After is
// over. Other clients, methods and paths are not.
func TestRatesOfPaths(t *testing.T) {
	g := startGate(t, application(t, welcoming), setup{global: behindProxy, instance: `abuse {
			mode enforce
			rate POST /form 10/m burst 20
			rate /search* 1/h burst 5 per instance
			login /signin
		}`})
	for n := range 20 {
		if res := g.send("203.0.113.7", "/form"); res.StatusCode != http.StatusOK {
			t.Fatalf("request %d: %d", n+1, res.StatusCode)
		}
	}
	refused := time.Now()
	res := g.send("203.0.113.7", "/form")
	wait, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if res.StatusCode != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 6 {
		t.Fatalf("request 21: %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if res := g.send("203.0.113.7", "//FORM"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another spelling: %d", res.StatusCode)
	}
	for name, res := range map[string]*http.Response{
		"another client": g.send("203.0.113.8", "/form"), "another path": g.send("203.0.113.7", "/"), "another method": g.from("203.0.113.7", "/form", nil),
	} {
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	for n, want := range []int{200, 200, 200, 200, 200, 429} {
		if res := g.from("203.0.113."+strconv.Itoa(20+n), "/search", nil); res.StatusCode != want {
			t.Errorf("search %d: %d, want %d", n+1, res.StatusCode, want)
		}
	}
	passed := 0
	eventually(t, "Retry-After is over", func() bool { return time.Since(refused) >= time.Duration(wait)*time.Second })
	for range 3 {
		if g.send("203.0.113.7", "/form").StatusCode == http.StatusOK {
			passed++
		}
	}
	if passed != 1 {
		t.Errorf("%d requests pass after Retry-After, want 1", passed)
	}
	if flags := g.flags(); !strings.Contains(flags, "203.0.113.7/32") || !strings.Contains(flags, `"kind":"instance"`) {
		t.Errorf("the flags are %s", flags)
	}
}

// A listed address is refused until its list changes. A list with errors keeps its
// last good state; validate and a reload refuse it.
func TestBlockLists(t *testing.T) {
	list := filepath.Join(t.TempDir(), "drop.txt")
	write := func(text string) {
		t.Helper()
		must(t, os.WriteFile(list+".new", []byte(text), 0o600))
		must(t, os.Rename(list+".new", list))
	}
	write("; a list\n198.51.100.0/24 ; SBL1\n10.0.0.0/8\n")
	g := startGate(t, application(t, welcoming), setup{global: behindProxy, instance: "abuse {\n\t\t\tmode enforce\n\t\t\tallow 198.51.100.99\n\t\t\tblocklist " + list + " block\n\t\t}"})
	expect := func(when string, want map[string]int) {
		t.Helper()
		for ip, status := range want {
			if res := g.from(ip, "/", nil); res.StatusCode != status {
				t.Errorf("%s, %s gets %d, want %d", when, ip, res.StatusCode, status)
			}
		}
	}
	expect("at the start", map[string]int{"198.51.100.7": 403, "198.51.100.99": 200, "203.0.113.7": 200, "10.1.2.3": 200})
	eventually(t, "the refusal is in the log", func() bool { return verdicts(g.requests())["ban"] == 1 })
	if flags := g.flags(); !strings.Contains(flags, `"blocklist"`) || !strings.Contains(flags, "198.51.100.7/32") || strings.Contains(flags, "203.0.113.7") {
		t.Errorf("the flags are %s", flags)
	}
	if show := g.ask("flags", "show", "198.51.100.7", "--json"); !strings.Contains(show, "198.51.100.0/24 is in "+list) {
		t.Errorf("the evidence does not name the list: %s", show)
	}
	write("203.0.113.0/24\n")
	eventually(t, "the changed list is in use", func() bool { return g.from("203.0.113.7", "/", nil).StatusCode == http.StatusForbidden })
	expect("after the change", map[string]int{"198.51.100.7": 200})
	write("203.0.113.0/99\n")
	eventually(t, "the error is logged", func() bool { return strings.Contains(g.log.String(), "its earlier 1 prefixes stay in use") })
	expect("with errors", map[string]int{"203.0.113.7": 403, "198.51.100.7": 200})
	says := []string{list, "line 1", `203.0.113.0/99`, "such as 203.0.113.0/24"}
	_, stderr, code := g.run("validate", "--config", g.caddyfile)
	status, body := g.load(g.config())
	if code != 1 || status == http.StatusOK {
		t.Errorf("validate exits with %d, a reload is answered %d", code, status)
	}
	for _, part := range says {
		for _, text := range []string{stderr, strings.ReplaceAll(body, `\"`, `"`), strings.ReplaceAll(g.log.String(), `\"`, `"`)} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in %s", part, text)
			}
		}
	}
	expect("after a reload that failed", map[string]int{"203.0.113.7": 403})
	write("# nobody\n")
	eventually(t, "the list is good again", func() bool { return strings.Contains(g.log.String(), "the block list is good again") })
	expect("with an empty list", map[string]int{"203.0.113.7": 200})
}
