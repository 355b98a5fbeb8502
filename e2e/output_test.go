package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// outputLine is a record as `output` writes it.
type outputLine struct {
	Log      string
	Instance string
	Request  *request
	Event    *event
}

// outputLines are the records in a stream that may hold other lines too: the
// streams of the process have Caddy's own log.
func outputLines(t *testing.T, text string) (requests []request, events []event) {
	t.Helper()
	for line := range strings.Lines(text) {
		var l outputLine
		if !strings.HasPrefix(line, `{"log":"`) || !strings.HasSuffix(line, "\n") {
			continue
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		switch l.Log {
		case "server":
			requests = append(requests, *l.Request)
		case "application":
			if l.Instance != "acme" {
				t.Errorf("an event of instance %q", l.Instance)
			}
			events = append(events, *l.Event)
		default:
			t.Errorf("a line of log %q", l.Log)
		}
	}
	return requests, events
}

// telling is an application that sends an event for paths below /tell/.
func telling(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/tell/") {
		w.Header().Set("X-App-Event", eventJSON(filepath.Base(r.URL.Path)))
	}
	fmt.Fprint(w, "done")
}

// receive collects what comes over a socket, from every connection.
func receive(t *testing.T, network, address string) *lockedBuffer {
	t.Helper()
	got := new(lockedBuffer)
	if network == "udp" {
		conn, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		go func() {
			buf := make([]byte, 64<<10)
			for {
				n, _, err := conn.ReadFrom(buf)
				if err != nil {
					return
				}
				got.Write(buf[:n])
			}
		}()
		return got
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go io.Copy(got, conn)
		}
	}()
	return got
}

// Each record of both logs is written as a JSON line with the same content.
func TestOutputHasEveryRecordAsAJSONLine(t *testing.T) {
	t.Parallel()
	upstream := application(t, telling)
	for name, connect := range map[string]func(t *testing.T, g *gate) (output string, text func() string){
		"stdout": func(_ *testing.T, g *gate) (string, func() string) { return "stdout", g.stdout.String },
		"stderr": func(_ *testing.T, g *gate) (string, func() string) { return "stderr", g.log.String },
		"file": func(t *testing.T, g *gate) (string, func() string) {
			path := filepath.Join(g.dir, "records.ndjson")
			return "file " + path, func() string {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
		},
		"tcp": func(t *testing.T, _ *gate) (string, func() string) {
			address := freeAddress(t)
			return "net " + address, receive(t, "tcp", address).String
		},
		"udp": func(t *testing.T, _ *gate) (string, func() string) {
			address := freeAddress(t)
			return "net udp/" + address, receive(t, "udp", address).String
		},
		"unix": func(t *testing.T, g *gate) (string, func() string) {
			address := filepath.Join(g.dir, "s")
			return "net unix/" + address, receive(t, "unix", address).String
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, upstream, setup{})
			output, text := connect(t, g)
			g.configure(strings.Replace(plainCaddyfile(setup{}), "data_dir {{data}}", "data_dir {{data}}\n\t\toutput "+output, 1), upstream)
			g.start()
			g.endWith(t)
			for _, path := range []string{"/", "/tell/told", "/none?a=%22%0a&b=</script>"} {
				g.get(path)
			}
			var requests []request
			var events []event
			eventually(t, "every record has gone out", func() bool {
				requests, events = outputLines(t, text())
				return len(requests) >= 3 && len(events) >= 1
			})
			// Lines go out as they come, the list is in order.
			slices.SortFunc(requests, func(a, b request) int { return b.Time.Compare(a.Time) })
			if want := g.requests(); !slices.EqualFunc(requests, want, func(a, b request) bool {
				a.Time, b.Time = a.Time.UTC(), b.Time.UTC()
				return a.Instance == "acme" && a == b
			}) {
				t.Errorf("went out: %+v\nin the log: %+v", requests, want)
			}
			if want := g.events(); len(events) != 1 || events[0].ID != "told" || events[0].Seq != want[0].Seq || !events[0].Time.Equal(want[0].Time) {
				t.Errorf("went out: %+v\nin the log: %+v", events, want)
			}
		})
	}
}

// withOutput is a plain gate with an output.
func withOutput(output string) setup {
	return setup{caddyfile: strings.Replace(plainCaddyfile(setup{}), "data_dir {{data}}", "data_dir {{data}}\n\t\toutput "+output, 1)}
}

// A receiver that is not there yet, or goes away, gets what is recorded once
// it is there.
func TestOutputFindsAReceiverThatComesLater(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	g := startGate(t, application(t, telling), withOutput("net "+address))
	g.get("/lost")
	eventually(t, "the gate complains", func() bool { return strings.Contains(g.log.String(), "output cannot be written") })
	got := receive(t, "tcp", address)
	made := 1
	eventually(t, "the receiver has a line", func() bool {
		g.get("/again")
		made++
		requests, _ := outputLines(t, got.String())
		return len(requests) > 0
	})
	if n := len(g.requests()); n != made {
		t.Errorf("%d requests were made, %d are in the log", made, n)
	}
}

// A receiver that takes nothing slows nobody: the site answers, the log has
// everything, a reload goes through, and the gate ends when it is told to.
func TestOutputWaitsForNobody(t *testing.T) {
	g := newGate(t, "", setup{})
	address := filepath.Join(g.dir, "s")
	l, err := net.Listen("unix", address) // accepts nothing, reads nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	upstream := application(t, telling)
	g.configure(withOutput("net unix/"+address).caddyfile, upstream)
	g.start()
	g.endWith(t)
	// Many times what the socket holds, some 200 KB, and less than the queue,
	// which may drop what a slow disk holds up.
	const n = 200
	long := strings.Repeat("x", 4000)
	for i := range n {
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/?%d%s", g.site, i, long), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", long)
		do(t, req)
	}
	// A client may have a long answer before its handler has returned.
	eventually(t, "all requests are in the log", func() bool { return len(g.requests()) >= n })
	if records := g.requests(); len(records) != n {
		t.Errorf("%d requests were made, %d are in the log", n, len(records))
	}
	g.configure(plainCaddyfile(setup{}), upstream)
	start := time.Now()
	if out, stderr, code := g.run("reload", "--config", g.caddyfile, "--adapter", "caddyfile", "--address", g.admin); code != 0 {
		t.Errorf("the reload failed: %s%s", out, stderr)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("the reload waited %s for the receiver", took)
	}
	g.get("/after")
}
