package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// upgrades is an application that agrees to any upgrade, tells an event with
// it and says what it heard: word for word, or in total once the other side has
// said all.
func upgrades(w http.ResponseWriter, r *http.Request) {
	conn, brw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	fmt.Fprintf(brw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\nX-App-Event: %s\r\n\r\n",
		r.Header.Get("Upgrade"), eventJSON("tunnel-"+r.URL.Query().Get("k")))
	if brw.Flush() != nil {
		return
	}
	if r.URL.Path == "/echo" {
		_, _ = io.Copy(conn, brw)
		return
	}
	n, _ := io.Copy(io.Discard, brw)
	fmt.Fprintf(conn, "heard %d bytes", n)
}

// upgrade asks for a tunnel and returns it with the header of the answer. What
// is to be said early goes out with the request.
func (g *gate) upgrade(target, protocol, early string) (*net.TCPConn, *bufio.Reader, http.Header) {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.site)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		g.t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: %s\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n%s", target, g.site, protocol, early)
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Upgrade") != protocol {
		g.t.Fatalf("asked for %s: %s, upgraded to %q", protocol, res.Status, res.Header.Get("Upgrade"))
	}
	return conn.(*net.TCPConn), in, res.Header
}

// exchange sends n bytes into a tunnel whose other end echoes them.
func exchange(t *testing.T, conn io.Writer, in io.Reader, n int) {
	t.Helper()
	if _, err := conn.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(in, make([]byte, n)); err != nil {
		t.Fatalf("waiting for %d bytes to come back: %v", n, err)
	}
}

// P1, P2: a tunnel is recorded once, when it is over, with the bytes of both
// ways; the event that came with the 101 is stored before that.
func TestUpgradesAreRecordedWithTheBytesOfBothWays(t *testing.T) {
	g := startGate(t, application(t, upgrades), setup{})
	want := map[string][2]int64{}
	for _, c := range []struct {
		name, protocol, early string
		n                     int
	}{
		{"websocket", "websocket", "", 100_000},
		{"early", "websocket", "said before the answer", 1000},
		{"silent", "websocket", "", 0},
		{"other", "custom/1", "", 5_000_000},
	} {
		conn, in, header := g.upgrade("/echo?k="+c.name, c.protocol, c.early)
		if told := header.Values("X-App-Event"); told != nil {
			t.Errorf("%s: the client got the event: %q", c.name, told)
		}
		if ids(g.events())["tunnel-"+c.name] != 1 {
			t.Errorf("%s: the client saw the 101, and its event is not stored", c.name)
		}
		if _, err := io.ReadFull(in, make([]byte, len(c.early))); err != nil {
			t.Fatal(err)
		}
		exchange(t, conn, in, c.n)
		if _, open := byName(t, g.requests())[c.name]; open {
			t.Errorf("%s: recorded before it was over", c.name)
		}
		conn.Close()
		want[c.name] = [2]int64{int64(len(c.early) + c.n), int64(len(c.early) + c.n)}
	}

	// Half-closed: the client has said all, and then hears the answer.
	conn, in, _ := g.upgrade("/total?k=half-closed", "custom/1", "")
	if _, err := conn.Write(make([]byte, 70_000)); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(in)
	if err != nil || string(answer) != "heard 70000 bytes" {
		t.Errorf("after the half-close came %q, %v", answer, err)
	}
	want["half-closed"] = [2]int64{70_000, int64(len("heard 70000 bytes"))}

	records := byName(t, g.closedBooks(len(want), "acme"))
	for name, bytes := range want {
		r := records[name]
		if r.Status != 101 || r.BytesIn != bytes[0] || r.Bytes != bytes[1] || r.Proto != "HTTP/1.1" || r.RequestID == "" {
			t.Errorf("%s: recorded %+v, want status 101, %d bytes in and %d out", name, r, bytes[0], bytes[1])
		}
	}
	if len(records) != len(want) {
		t.Errorf("%d tunnels and %d records", len(want), len(records))
	}
}

// stream is an application of server-sent events: the second is sent when the
// client says that it has the first.
type stream struct{ seen chan struct{} }

func (s *stream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-App-Event", eventJSON("stream-"+r.URL.Query().Get("k")))
	fmt.Fprint(w, "data: first\n\n")
	http.NewResponseController(w).Flush()
	select {
	case <-s.seen:
		fmt.Fprint(w, "data: second\n\n")
	case <-r.Context().Done():
	}
}

// watch reads such a stream over any protocol. The gate must hold nothing
// back: the stream would never end.
func (s *stream) watch(t *testing.T, g *gate, c *http.Client, url, name string) {
	t.Helper()
	res, err := c.Get(url + "/stream?k=" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	if line, err := in.ReadString('\n'); line != "data: first\n" {
		t.Fatalf("%s: the stream began with %q, %v", name, line, err)
	}
	if ids(g.events())["stream-"+name] != 1 {
		t.Errorf("%s: the stream has begun, and its event is not stored", name)
	}
	if _, open := byName(t, g.requests())[name]; open {
		t.Errorf("%s: recorded before it was over", name)
	}
	s.seen <- struct{}{}
	rest, err := io.ReadAll(in)
	if err != nil || !strings.Contains(string(rest), "second") {
		t.Fatalf("%s: the stream went on with %q, %v", name, rest, err)
	}
	eventually(t, "the stream is recorded", func() bool {
		r, ok := byName(t, g.requests())[name]
		if ok && (r.Status != 200 || r.Bytes != int64(len("data: first\n\ndata: second\n\n")) || r.Aborted) {
			t.Errorf("%s: recorded %+v", name, r)
		}
		return ok
	})
}

func TestServerSentEventsArriveAtOnceAndAreRecordedAtTheEnd(t *testing.T) {
	s := &stream{seen: make(chan struct{})}
	g := startGate(t, application(t, s.ServeHTTP), setup{site: "encode gzip"})
	s.watch(t, g, client(nil), "http://"+g.site, "plain")
}
