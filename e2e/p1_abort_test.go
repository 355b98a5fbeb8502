package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const twoSites = `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {
	gatebook acme
	reverse_proxy {{upstream}}
}
http://{{security}} {
	gatebook acme
	reverse_proxy {{upstream}}
	handle_errors {
		respond "{err.status_code}, sorry"
	}
}
`

// endless is an application that answers until its client leaves, or never.
type endless struct {
	sent    atomic.Int64
	arrived chan struct{}
}

func (e *endless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/never":
		e.arrived <- struct{}{}
		<-r.Context().Done()
	case "/upload":
		e.arrived <- struct{}{}
		io.Copy(io.Discard, r.Body)
	default:
		piece := []byte(strings.Repeat("x", 1000))
		for r.Context().Err() == nil {
			n, err := w.Write(piece)
			e.sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

// leave sends a request over a connection of its own and returns that once the
// application has it.
func (e *endless) leave(t *testing.T, site, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", site)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.arrived:
	case <-time.After(30 * time.Second):
		t.Fatalf("the application never got %.40q", request)
	}
	return conn
}

// P1: who leaves before the end is recorded with what was sent until then.
func TestClientsThatLeaveAreRecorded(t *testing.T) {
	app := &endless{arrived: make(chan struct{})}
	g := startGate(t, application(t, app.ServeHTTP), setup{caddyfile: twoSites})
	made := 0
	for _, site := range []struct{ name, at string }{{"plain", g.site}, {"error-pages", g.security}} {
		t.Run(site.name, func(t *testing.T) {
			made += 4
			read := app.readSome(t, "http://"+site.at+"/?k=download-"+site.name, 100_000)
			app.leave(t, site.at, "GET /never?k=before-"+site.name+" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").Close()
			conn := app.leave(t, site.at, "GET /never?k=reset-"+site.name+" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
			if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			app.leave(t, site.at, "POST /upload?k=upload-"+site.name+" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 40000)).Close()

			var found map[string]request
			eventually(t, "those who left are in the log", func() bool {
				found = byName(t, g.requests())
				return len(found) == made
			})
			if r := found["download-"+site.name]; r.Status != 200 || !r.Aborted || r.Bytes < read || r.Bytes > app.sent.Load() {
				t.Errorf("of %d bytes sent the client read %d before it left; recorded: %+v", app.sent.Load(), read, r)
			}
			for _, name := range []string{"before-", "reset-"} {
				if r := found[name+site.name]; r.Status != 499 || !r.Aborted || r.Bytes != 0 {
					t.Errorf("the client left before there was an answer; recorded: %+v", r)
				}
			}
			if r := found["upload-"+site.name]; r.Status != 499 || !r.Aborted || r.BytesIn != 40000 || r.Error != nil {
				t.Errorf("the client left after 40000 of 100000 bytes; recorded: %+v", r)
			}
		})
	}
}

// readSome reads n bytes of an endless answer and leaves.
func (e *endless) readSome(t *testing.T, url string, n int64) int64 {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client(nil).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	read, err := io.CopyN(io.Discard, res.Body, n)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// A listener on a unix socket knows no addresses, and believes none that a
// client of it claims.
func TestRequestsOverAUnixSocketAreRecordedWithoutAddress(t *testing.T) {
	app := application(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "over the socket") })
	g := startGate(t, app, setup{caddyfile: `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
http://socket.test {
	bind unix/{{dir}}/s
	gatebook acme
	reverse_proxy {{upstream}}
}
http://{{site}} {
	respond "only for the test to know that the gate is there"
}
`})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", g.dir+"/s")
	}
	eventually(t, "the socket listens", func() bool {
		conn, err := dial(t.Context(), "", "")
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	c := client(dial)
	visits := []*visit{
		{name: "socket", path: "/", status: 200},
		{name: "forged", path: "/", status: 200, header: map[string]string{"X-Forwarded-For": "203.0.113.9"}},
	}
	for _, v := range visits {
		v.more = func(t *testing.T, r request) {
			if r.IP != "" {
				t.Errorf("%s: recorded from %q over a unix socket", v.name, r.IP)
			}
		}
		v.ask(t, c, "http://socket.test")
	}
	c.CloseIdleConnections()
	compareAll(t, visits, g.closedBooks(2, "acme"))
}
