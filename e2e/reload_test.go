package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatebook/gatebook/internal/testrun"
)

// Reloads under load lose no request and no event, refuse nobody, and leave
// nothing behind.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	const clients = 6
	reloads := testrun.Rounds(8, 24)
	up := application(t, tellsOfEverything)
	// The proxy would keep connections to the application for two minutes.
	config := strings.Replace(plainCaddyfile(setup{noConsoles: true}), "reverse_proxy {{upstream}}",
		"reverse_proxy {{upstream}} {\n\t\ttransport http {\n\t\t\tkeepalive off\n\t\t}\n\t}", 1)
	g := startGate(t, up, setup{caddyfile: config})
	g.opened()

	// Two that take turns, so that something changes each time.
	variants := []string{config, strings.Replace(config, "Europe/Berlin", "UTC", 1)}
	reload := func(i int) {
		g.configure(variants[i%2], up)
		if _, stderr, code := g.run("reload", "--config", g.caddyfile, "--adapter", "caddyfile", "--address", g.admin, "--force"); code != 0 {
			t.Fatalf("reload %d: exit %d: %s", i, code, stderr)
		}
	}
	var answered atomic.Int64
	run := func(name string, reloads int) map[string]bool {
		var mu sync.Mutex
		got := map[string]bool{}
		stop := load(t, clients, func(client, n int) {
			path := fmt.Sprintf("/header-%s-%d-%d", name, client, n)
			if ask(t, g.site, path, client%2 == 0) {
				mu.Lock()
				got[path] = true
				mu.Unlock()
				answered.Add(1)
			}
		})
		for i := range reloads {
			before := answered.Load()
			reload(i)
			eventually(t, "clients were served meanwhile", func() bool { return answered.Load() >= before+clients })
		}
		stop()
		return got
	}
	warm := run("warm", 4)
	baseline := g.goroutines(0)
	got := run("hot", reloads)
	for path := range warm {
		got[path] = true
	}
	t.Logf("%d requests over %d reloads", len(got), reloads+4)

	if again := g.goroutines(baseline); again > baseline {
		t.Errorf("there were %d goroutines and are %d", baseline, again)
	}
	eventually(t, "the last request is recorded", func() bool { return g.health().ServerLog.Recorded >= uint64(len(got)) })
	checkOnce(t, g, got)
	h := g.health()
	if n := uint64(len(got)); h.ServerLog.Recorded != n || h.ServerLog.Dropped != 0 || h.ApplicationLog.Recorded < n || h.ApplicationLog.Dropped != 0 {
		t.Errorf("after %d requests the counters are %+v and %+v", n, h.ServerLog, h.ApplicationLog)
	}
	for line := range strings.Lines(g.log.String()) {
		// The admin endpoint was asked too early by this test, and a slow
		// disk is not the reload's fault.
		known := strings.Contains(line, "no running configuration uses gatebook") || strings.Contains(line, "before their response was released")
		if strings.Contains(line, "panic") || strings.Contains(line, "in use by another process") || strings.Contains(line, `"level":"error"`) && !known {
			t.Errorf("the server's own log says %s", line)
		}
	}
}

// ask wants the whole response and nothing but 200. A connection that breaks
// before the first byte of a response is tried again, as browsers do: while a
// listener is replaced, the kernel resets those that wait in the old one's
// queue, in any Caddy. Had the gate taken such a request up all the same, it
// would be in the logs twice.
func ask(t *testing.T, site, path string, keepAlive bool) bool {
	req, err := http.NewRequest(http.MethodGet, "http://"+site+path, nil)
	if err != nil {
		t.Error(err)
		return false
	}
	req.Close = !keepAlive
	res, err := http.DefaultTransport.RoundTrip(req)
	for tries := 1; err != nil && tries < 5; tries++ {
		res, err = http.DefaultTransport.RoundTrip(req)
	}
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || string(body) != "ok" {
		t.Errorf("%s: %d %q, %v", path, res.StatusCode, body, err)
		return false
	}
	return true
}

func checkOnce(t *testing.T, g *gate, paths map[string]bool) {
	t.Helper()
	recorded := map[string]int{}
	for _, r := range g.requests() {
		recorded[r.Path]++
	}
	stored := ids(g.events("--category", "booking"))
	for path := range paths {
		if recorded[path] != 1 {
			t.Errorf("request %s is there %d times", path, recorded[path])
		}
		if stored[path[1:]] != 1 {
			t.Errorf("event %s is there %d times", path[1:], stored[path[1:]])
		}
	}
	if len(recorded) != len(paths) || len(stored) != len(paths) {
		t.Errorf("%d requests and %d events are there, %d were made", len(recorded), len(stored), len(paths))
	}
}

// goroutines counts those of the server, as soon as they are no more than
// wanted or when it is clear that they will not be. Those of clients' kept
// connections are told to go first.
func (g *gate) goroutines(wanted int) int {
	g.t.Helper()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	const patience = 15 * time.Second
	least, since := 0, time.Now()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		req, err := http.NewRequest(http.MethodGet, "http://"+g.admin+"/debug/pprof/goroutine?debug=1", nil)
		if err != nil {
			g.t.Fatal(err)
		}
		req.Close = true
		_, profile := do(g.t, req)
		_, rest, _ := strings.Cut(profile, "goroutine profile: total ")
		total, _, _ := strings.Cut(rest, "\n")
		n, err := strconv.Atoi(total)
		if err != nil {
			g.t.Fatalf("%v in %.100s", err, profile)
		}
		if least == 0 || n < least {
			least, since = n, time.Now()
		}
		// Connections and drained servers take a moment to go.
		if wanted > 0 && n <= wanted || wanted == 0 && time.Since(since) > 3*time.Second {
			break
		}
	}
	return least
}

// A reload that takes the module away lets a slow download end, and the
// process lives; one that brings it back finds what was recorded.
func TestModuleRemovedDuringDownload(t *testing.T) {
	t.Parallel()
	half, rest := make(chan struct{}), make(chan struct{})
	up := application(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-App-Event", eventJSON(strings.TrimPrefix(r.URL.Path, "/")))
		if r.URL.Path != "/slow" {
			return
		}
		_, _ = io.WriteString(w, "first half, ")
		_ = http.NewResponseController(w).Flush()
		close(half)
		<-rest
		w.Header().Set(http.TrailerPrefix+"X-App-Event", eventJSON("slow-trailer"))
		_, _ = io.WriteString(w, "second half")
	})
	with := plainCaddyfile(setup{noConsoles: true})
	without := "{\n\tadmin {{admin}}\n\tauto_https off\n}\nhttp://{{site}} {\n\treverse_proxy {{upstream}}\n}\n"
	g := startGate(t, up, setup{noConsoles: true})
	g.opened()
	g.get("/before")

	download := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + g.site + "/slow")
		if err != nil {
			download <- err.Error()
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		download <- fmt.Sprint(res.StatusCode, " ", string(body), " ", err)
	}()
	<-half
	g.configure(without, up)
	if _, stderr, code := g.run("reload", "--config", g.caddyfile, "--address", g.admin); code != 0 {
		t.Fatalf("reloading without the module: exit %d: %s", code, stderr)
	}
	if status, body := g.gatebookStatus(); status != http.StatusNotFound || !strings.Contains(body, "no running configuration uses gatebook") {
		t.Errorf("without the module the admin endpoint says %d %s", status, body)
	}
	if status, h, _ := g.get("/without"); status != http.StatusOK || h.Get("X-App-Event") == "" {
		t.Errorf("without the module: %d %v", status, h)
	}
	// Nobody holds the directory any more.
	if out, stderr, code := g.run("events", "--data-dir", g.data); code != 0 || !strings.Contains(out, `"before"`) {
		t.Errorf("reading the directory: exit %d: %s %s", code, out, stderr)
	}
	close(rest)
	if got := <-download; got != "200 first half, second half <nil>" {
		t.Errorf("the download became %s", got)
	}
	if g.exited() {
		t.Fatalf("the process died:\n%s", g.log)
	}

	g.configure(with, up)
	if _, stderr, code := g.run("reload", "--config", g.caddyfile, "--address", g.admin); code != 0 {
		t.Fatalf("reloading with the module: exit %d: %s", code, stderr)
	}
	g.get("/after")
	stored := ids(g.events())
	for _, id := range []string{"before", "slow", "after"} {
		if stored[id] != 1 {
			t.Errorf("event %s is there %d times", id, stored[id])
		}
	}
	if stored["without"] != 0 {
		t.Error("an event was stored without the module")
	}
	eventually(t, "both requests are recorded", func() bool {
		return len(g.requests("--path", "/before")) == 1 && len(g.requests("--path", "/after")) == 1
	})
}

func (g *gate) gatebookStatus() (status int, body string) {
	g.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+g.admin+"/gatebook/", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return do(g.t, req)
}

// Two sites keep one instance's books, and what a reload changes in its
// settings holds from then on, for both.
func TestSharedInstanceAndChangedSettings(t *testing.T) {
	t.Parallel()
	up := application(t, tellsOfEverything)
	config := func(settings string) string {
		return `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {
	gatebook acme {
		` + settings + `
	}
	reverse_proxy {{upstream}}
}
http://{{security}} {
	gatebook acme
	reverse_proxy {{upstream}}
}
`
	}
	g := startGate(t, up, setup{caddyfile: config("timezone Europe/Berlin")})
	g.opened()
	both := func(path string) {
		t.Helper()
		for i, site := range []string{g.site, g.security} {
			ask(t, site, fmt.Sprintf("/header-%s-%d", path, i), false)
		}
	}
	zone := func() string { return g.events()[0].Time.Format("-07:00") }
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}

	both("one")
	if want := time.Now().In(berlin).Format("-07:00"); zone() != want {
		t.Errorf("times are shown as %s, want %s", zone(), want)
	}
	g.configure(config("timezone Asia/Tokyo\n\t\tserver_log {\n\t\t\tskip /header-two*\n\t\t}"), up)
	if _, stderr, code := g.run("reload", "--config", g.caddyfile, "--address", g.admin); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	both("two")
	both("three")
	if zone() != "+09:00" {
		t.Errorf("after the reload, times are shown as %s", zone())
	}
	eventually(t, "what is not skipped is recorded", func() bool { return len(g.requests()) >= 4 })
	var paths []string
	for _, r := range g.requests() {
		paths = append(paths, r.Path)
	}
	for _, path := range []string{"/header-one-0", "/header-one-1", "/header-three-0", "/header-three-1"} {
		if !has(paths, path) {
			t.Errorf("%s is not recorded: %v", path, paths)
		}
	}
	if len(paths) != 4 {
		t.Errorf("recorded are %v", paths)
	}
	if n := len(g.events()); n != 6 {
		t.Errorf("%d events are stored, want 6", n)
	}
}
