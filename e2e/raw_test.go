package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// rawApplication is an application that answers in bytes of the test's own
// choosing, and remembers those that it got.
type rawApplication struct {
	address string
	answers map[string]string // by path

	mu    sync.Mutex
	heard bytes.Buffer
}

// hangUp at the end of an answer makes the application close the connection.
const hangUp = "\x00hang up"

// serveRaw answers each path as answers has it.
func serveRaw(t *testing.T, answers map[string]string) *rawApplication {
	t.Helper()
	l := listen(t)
	a := &rawApplication{address: l.Addr().String(), answers: answers}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go a.serve(conn)
		}
	}()
	return a
}

// serve answers the requests of one connection, one after the other.
func (a *rawApplication) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(io.TeeReader(conn, a))
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		answer, last := strings.CutSuffix(a.answers[req.URL.Path], hangUp)
		if _, err := io.WriteString(conn, answer); err != nil || last {
			return
		}
		if strings.Contains(answer, " 101 ") {
			// A tunnel: silent until the other side leaves.
			_, _ = io.Copy(io.Discard, in)
			return
		}
	}
}

// Write remembers what came in.
func (a *rawApplication) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.heard.Write(p)
}

// got is every byte that the application got.
func (a *rawApplication) got() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.heard.String()
}

// rawRequest sends bytes on a connection of their own and returns all that
// comes back until the server closes it.
func rawRequest(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("reading the answer to %q: %v after %q", request, err, got)
	}
	return string(got)
}

// rawGet is a GET that ends the connection, with more header lines.
func rawGet(path, host string, lines ...string) string {
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", path, host, crlf(lines))
}

func crlf(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	return b.String()
}

// eventJSON is a small valid event with this id.
func eventJSON(id string) string {
	return fmt.Sprintf(`{"id":%q,"category":"booking","type":"booking.created","text":"A desk has been booked."}`, id)
}

// health is an instance's state as other programs read it.
type health struct {
	Instance       string
	State          string
	ServerLog      *bookHealth `json:"server_log"`
	ApplicationLog *bookHealth `json:"application_log"`
}

type bookHealth struct {
	State, Error                          string
	Entries, Recorded, Dropped, Damaged   uint64
	Duplicates, Conflicts, Rejected, Late uint64
	NotTaken                              uint64    `json:"not_taken"`
	LastFlush                             time.Time `json:"last_flush"`
}

// health asks the running server, at less cost than a command.
func (g *gate) health() health {
	g.t.Helper()
	status, body := g.askAdmin("acme/health")
	if status != http.StatusOK {
		g.t.Fatalf("health: %d %s", status, body)
	}
	return decodeLines[health](g.t, body)[0]
}

// askAdmin asks the admin endpoint for a path below /gatebook/, with the token.
func (g *gate) askAdmin(path string) (status int, body string) {
	g.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+g.admin+"/gatebook/"+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+g.token())
	return do(g.t, req)
}

// opened waits until the gate, which may serve before that, has its books.
func (g *gate) opened() {
	g.t.Helper()
	eventually(g.t, "the books are open", func() bool {
		res, err := http.Get("http://" + g.admin + "/gatebook/")
		if err != nil {
			g.t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// token is the admin token.
func (g *gate) token() string {
	g.t.Helper()
	data, err := os.ReadFile(filepath.Join(g.data, "admin.token"))
	if err != nil {
		g.t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// do sends a request, following no redirect, and reads the answer, which must
// end.
func do(t *testing.T, req *http.Request) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(req.Context(), testTimeout)
	defer cancel()
	res, err := http.DefaultTransport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// tooSlow reports whether the store took longer than a response waits for it
// since the server's own log had length from. Then P2 does not hold, as its
// one exception says, and what was acknowledged meanwhile proves nothing.
func (g *gate) tooSlow(from int) bool {
	return strings.Contains(g.log.String()[from:], "events could not be stored before their response was released")
}

// ids are the ids of events, with how often each is there.
func ids(events []event) map[string]int {
	found := map[string]int{}
	for _, e := range events {
		found[e.ID]++
	}
	return found
}

// refusesToStart starts a gate that must end by itself, with an error, and
// returns that error: the last line it printed.
func (g *gate) refusesToStart() string {
	g.t.Helper()
	cmd := g.command("run", "--config", g.caddyfile, "--adapter", "caddyfile")
	var printed lockedBuffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(testTimeout):
		_ = cmd.Process.Kill()
		<-ended
		g.t.Fatalf("the gate went on:\n%s", &printed)
	}
	if cmd.ProcessState.Success() {
		g.t.Errorf("the gate ended with exit code 0:\n%s", &printed)
	}
	lines := strings.Split(strings.TrimSpace(printed.String()), "\n")
	return lines[len(lines)-1]
}

// load gives the running gate another configuration.
func (g *gate) load(caddyfile string) (status int, body string) {
	g.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+g.admin+"/load", strings.NewReader(caddyfile))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/caddyfile")
	req.Header.Set("Cache-Control", "must-revalidate") // also what is unchanged
	return do(g.t, req)
}
