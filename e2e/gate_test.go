// Package e2e tests the promises of the README with the real program: a process
// in front of real applications, with real clients. The gates run with the race
// detector.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// testTimeout ends a wait for a condition that should hold at once. It is long, so
// that no test fails because the machine is busy.
const testTimeout = 3 * time.Minute

// gate is a running gate in front of an application.
type gate struct {
	t                     *testing.T
	dir, data, caddyfile  string
	site, admin, security string // host:port
	cmd                   *exec.Cmd
	// ended is closed when the process has ended.
	ended chan struct{}
	// log is all that it printed, stdout what it printed there.
	log, stdout *lockedBuffer
}

// setup is what a test wants of its gate; the zero value is a plain one.
type setup struct {
	// instance are lines for the gatebook block, site for the site's, global
	// for the global options.
	instance, site, global string
	// noConsoles leaves the two consoles out.
	noConsoles bool
	// caddyfile replaces everything; {{site}} and so on are filled in.
	caddyfile string
}

// newGate writes a gate's configuration and starts nothing.
func newGate(t *testing.T, upstream string, s setup) *gate {
	t.Helper()
	dir := t.TempDir()
	g := &gate{
		t: t, dir: dir, data: filepath.Join(dir, "data"), caddyfile: filepath.Join(dir, "Caddyfile"),
		site: freeAddress(t), admin: freeAddress(t), security: freeAddress(t),
		log: new(lockedBuffer), stdout: new(lockedBuffer),
	}
	if s.caddyfile == "" {
		s.caddyfile = plainCaddyfile(s)
	}
	g.configure(s.caddyfile, upstream)
	return g
}

func plainCaddyfile(s setup) string {
	consoles, security := "", ""
	if !s.noConsoles {
		consoles = `
	redir /logs /logs/
	handle_path /logs/* {
		basic_auth {
			admin {{hash}}
		}
		gatebook_console application
	}`
		security = `
http://{{security}} {
	basic_auth {
		sec {{hash}}
	}
	gatebook_console security acme
}`
	}
	return `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
	` + s.global + `
}
http://{{site}} {
	gatebook acme {
		timezone Europe/Berlin
		` + s.instance + `
	}
	` + s.site + consoles + `
	reverse_proxy {{upstream}}
}
` + security
}

// configure writes the Caddyfile.
func (g *gate) configure(caddyfile, upstream string) {
	g.t.Helper()
	_, port, _ := net.SplitHostPort(g.site)
	text := strings.NewReplacer(
		"{{site}}", g.site, "{{port}}", port, "{{admin}}", g.admin, "{{security}}", g.security,
		"{{data}}", g.data, "{{upstream}}", upstream, "{{hash}}", passwordHash(g.t), "{{dir}}", g.dir,
	).Replace(caddyfile)
	if err := os.WriteFile(g.caddyfile, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// startGate starts a gate and ends it with the test.
func startGate(t *testing.T, upstream string, s setup) *gate {
	t.Helper()
	g := newGate(t, upstream, s)
	g.start()
	g.endWith(t)
	if s.caddyfile == "" { // else the admin endpoint may be elsewhere
		g.opened()
	}
	return g
}

// endWith ends the gate with the test, which fails where it raced.
func (g *gate) endWith(t *testing.T) {
	t.Cleanup(func() {
		if g.cmd != nil && g.exited() {
			t.Errorf("the gate died:\n%s", g.log)
		}
		g.stop()
		if strings.Contains(g.log.String(), "WARNING: DATA RACE") {
			t.Errorf("data race in the server:\n%s", g.log)
		}
	})
}

func (g *gate) start() {
	g.t.Helper()
	g.cmd = g.command("run", "--config", g.caddyfile, "--adapter", "caddyfile")
	g.cmd.Stdout, g.cmd.Stderr = io.MultiWriter(g.log, g.stdout), g.log
	if err := g.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	cmd, ended := g.cmd, make(chan struct{})
	g.ended = ended
	go func() { _ = cmd.Wait(); close(ended) }()
	eventually(g.t, "the gate listens", func() bool {
		conn, err := net.DialTimeout("tcp", g.site, time.Second)
		if err != nil {
			if g.exited() {
				g.t.Fatalf("the gate ended: %s", g.log)
			}
			return false
		}
		conn.Close()
		return true
	})
}

// command is a run of the binary that touches nothing outside the test.
func (g *gate) command(args ...string) *exec.Cmd {
	program := commandProgram
	if args[0] == "run" {
		program = gateProgram
	}
	cmd := exec.Command(program(g.t), args...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "HOME="+g.dir, "XDG_DATA_HOME="+g.dir, "XDG_CONFIG_HOME="+g.dir,
		"GORACE=atexit_sleep_ms=0") // else each command takes a second longer
	return cmd
}

func (g *gate) exited() bool {
	select {
	case <-g.ended:
		return true
	default:
		return false
	}
}

// stop ends the gate as an operator would.
func (g *gate) stop() {
	if g.cmd == nil {
		return
	}
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	g.wait()
}

// kill ends it as a power cut of the process would.
func (g *gate) kill() {
	_ = g.cmd.Process.Kill()
	g.wait()
}

func (g *gate) wait() {
	select {
	case <-g.ended:
	case <-time.After(testTimeout):
		_ = g.cmd.Process.Kill()
		<-g.ended
		g.t.Errorf("the gate did not stop within %s:\n%s", testTimeout, g.log)
	}
	g.cmd = nil
}

// run runs a command against the running gate and returns what it printed.
func (g *gate) run(args ...string) (stdout, stderr string, code int) {
	g.t.Helper()
	cmd := g.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		g.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// ask is run against the running gate, or against its directory, failing the test when the command does.
func (g *gate) ask(args ...string) string {
	g.t.Helper()
	where := []string{"--address", g.admin}
	if g.cmd == nil { // it has ended
		where = []string{"--data-dir", g.data}
	}
	stdout, stderr, code := g.run(append(args, where...)...)
	if code != 0 {
		g.t.Fatalf("gatebook %s: exit %d: %s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// request and event are the records as other programs read them.
type request struct {
	Verdict    string
	Time       time.Time
	Instance   string
	IP         string
	Method     string
	Host       string
	Path       string
	Query      string
	Status     int
	Bytes      int64
	BytesIn    int64   `json:"bytes_in"`
	DurationMS float64 `json:"duration_ms"`
	Proto      string
	UserAgent  string `json:"user_agent"`
	Referer    string
	Browser    string
	OS         string
	Country    string
	ASN        uint32
	ASOrg      string `json:"as_org"`
	User       string
	Aborted    bool
	RequestID  string `json:"request_id"`
	Error      *struct{ Source, Type, Message, Where, Trace, Integration string }
}

type event struct {
	Seq        uint64
	ID         string
	Time       time.Time
	Category   string
	Type       string
	Text       string
	Marks      []string
	RequestID  string `json:"request_id"`
	Details    map[string]any
	Subject    *struct{ Type, ID string }
	Initiator  *struct{ ID, Name, Email string }
	Outcome    string
	Anonymized bool
}

// requests is the whole server log, newest first.
func (g *gate) requests(args ...string) []request {
	g.t.Helper()
	return decodeLines[request](g.t, g.ask(append([]string{"requests", "--format", "ndjson", "--limit", "0"}, args...)...))
}

// events is the whole application log, newest first. Asking leaves no entry.
func (g *gate) events(args ...string) []event {
	g.t.Helper()
	return decodeLines[event](g.t, g.ask(append([]string{"events", "--format", "ndjson", "--limit", "0"}, args...)...))
}

func decodeLines[T any](t *testing.T, s string) []T {
	t.Helper()
	var list []T
	dec := json.NewDecoder(strings.NewReader(s))
	for dec.More() {
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("reading %q: %v", s, err)
		}
		list = append(list, v)
	}
	return list
}

// get asks the site and returns status, headers and body.
func (g *gate) get(path string) (int, http.Header, string) {
	g.t.Helper()
	res, err := http.Get("http://" + g.site + path)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// application serves a handler as the fronted application.
func application(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Listener.Close()
	srv.Listener = listen(t)
	srv.Start()
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

// freeAddress returns an address for a gate, and none twice. Its port is below those
// that the system gives to outgoing connections, or one of them could take it before
// the gate listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := 20_000 + int(nextPort.Add(1))%12_000
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue // another program has it
		}
		l.Close()
		return l.Addr().String()
	}
	t.Fatal("no port from 20000 to 32000 is free")
	return ""
}

// nextPort begins anywhere, because other tests may run beside this process.
var nextPort = func() *atomic.Int64 {
	n := new(atomic.Int64)
	n.Store(int64(os.Getpid()) * 61)
	return n
}()

// listen listens on an address for something else than a gate.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const password = "correct horse"

var hashOnce = sync.OnceValues(func() (string, error) {
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	return string(h), err
})

func passwordHash(t *testing.T) string {
	t.Helper()
	h, err := hashOnce()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// eventually waits for a condition, at most for testTimeout.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
}

// lockedBuffer is a buffer that a process writes while the test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
