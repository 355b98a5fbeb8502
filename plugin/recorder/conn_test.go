package recorder

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record"
)

const upgrade = "GET /socket HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

// switchProtocols answers an upgrade as Caddy's proxy does: the header by
// WriteHeader, the rest on the hijacked connection.
func switchProtocols(t *testing.T, w http.ResponseWriter) (net.Conn, *bufio.ReadWriter) {
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", "echo")
	w.Header().Set("X-App-Event", "secret")
	w.WriteHeader(http.StatusSwitchingProtocols)
	conn, brw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		panic(http.ErrAbortHandler)
	}
	return conn, brw
}

func dial(t *testing.T, s *server, p protocol) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if p.tls {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func readHeader(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var header strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("reading the header: %v after %q", err, header.String())
		}
		header.WriteString(line)
		if line == "\r\n" {
			return header.String()
		}
	}
}

// Both sides talk, then the client closes its half and still gets the rest.
func TestTunnelEchoesAndHalfCloses(t *testing.T) {
	for _, p := range []protocol{plain, tls1} {
		t.Run(p.name, func(t *testing.T) {
			s := serve(t, p, func(w http.ResponseWriter, _ *http.Request) int {
				conn, brw := switchProtocols(t, w)
				defer conn.Close()
				if n := brw.Reader.Buffered(); n != len("early,") {
					t.Errorf("%d bytes are buffered", n)
				}
				_, _ = brw.WriteString("welcome,") // through the buffered writer
				_ = brw.Flush()
				if _, err := io.Copy(conn, brw); err != nil { // until the client's half-close
					t.Error(err)
				}
				_, _ = io.WriteString(conn, "bye")
				if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
					t.Error(err)
				}
				_, _ = io.Copy(io.Discard, conn)
				return 0
			})
			conn := dial(t, s, p)
			fmt.Fprint(conn, upgrade+"early,")
			r := bufio.NewReader(conn)
			header := readHeader(t, r)
			if !strings.Contains(header, "101 Switching Protocols") || strings.Contains(header, "secret") {
				t.Errorf("header:\n%s", header)
			}
			greeting := make([]byte, len("welcome,early,"))
			if _, err := io.ReadFull(r, greeting); err != nil || string(greeting) != "welcome,early," {
				t.Fatalf("got %q, %v", greeting, err)
			}
			fmt.Fprint(conn, "late,")
			if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(r)
			if err != nil || string(rest) != "late,bye" {
				t.Errorf("got %q, %v", rest, err)
			}
			got := s.recorded(t)
			in, out := len("early,late,"), len("welcome,early,late,bye")
			if got.Status != 101 || got.BytesIn != int64(in) || got.Bytes != int64(out) || got.Aborted {
				t.Errorf("recorded %d, %d in, %d out, aborted %v; want 101, %d, %d, false",
					got.Status, got.BytesIn, got.Bytes, got.Aborted, in, out)
			}
			if len(got.hooked) != 1 || got.hooked[0] != 101 {
				t.Errorf("the hook was told of %v", got.hooked)
			}
		})
	}
}

// A proxy takes what is buffered and then reads the connection itself.
func TestEarlyBytesArePassedOnByHand(t *testing.T) {
	s := serve(t, plain, func(w http.ResponseWriter, _ *http.Request) int {
		conn, brw := switchProtocols(t, w)
		defer conn.Close()
		early, _ := brw.Peek(brw.Reader.Buffered())
		_, _ = conn.Write(early)
		_, _ = io.Copy(conn, conn)
		return 0
	})
	conn := dial(t, s, plain)
	fmt.Fprint(conn, upgrade+"early,")
	r := bufio.NewReader(conn)
	readHeader(t, r)
	if _, err := io.ReadFull(r, make([]byte, len("early,"))); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "late")
	_ = conn.(*net.TCPConn).CloseWrite()
	if rest, _ := io.ReadAll(r); string(rest) != "late" {
		t.Errorf("got %q", rest)
	}
	if got := s.recorded(t); got.BytesIn != 10 || got.Bytes != 10 {
		t.Errorf("recorded %d in, %d out", got.BytesIn, got.Bytes)
	}
}

// More than one piece, between sockets, where the kernel copies.
func TestTunnelBetweenSockets(t *testing.T) {
	const size = 3*copyPiece + 12345
	backend := echoBackend(t)
	s := serve(t, plain, func(w http.ResponseWriter, _ *http.Request) int {
		upstream, err := net.Dial("tcp", backend)
		if err != nil {
			t.Error(err)
			return 502
		}
		defer upstream.Close()
		conn, brw := switchProtocols(t, w)
		defer conn.Close()
		// The server watches for the client's leaving, and may so have read
		// the first byte.
		early, _ := brw.Peek(brw.Reader.Buffered())
		_, _ = upstream.Write(early)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if n, err := io.Copy(upstream, conn); n != size-int64(len(early)) || err != nil {
				t.Errorf("to the backend: %d, %v", n, err)
			}
			_ = upstream.(*net.TCPConn).CloseWrite()
		}()
		if n, err := io.Copy(conn, upstream); n != size || err != nil {
			t.Errorf("from the backend: %d, %v", n, err)
		}
		<-done
		return 0
	})
	conn := dial(t, s, plain)
	fmt.Fprint(conn, upgrade)
	r := bufio.NewReader(conn)
	readHeader(t, r)
	go func() {
		_, _ = io.CopyN(conn, zeros{}, size)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	if n, err := io.CopyN(io.Discard, r, size); err != nil {
		t.Errorf("echoed %d of %d: %v", n, size, err)
	}
	if got := s.recorded(t); got.BytesIn != size || got.Bytes != size || got.Aborted {
		t.Errorf("recorded %d in, %d out, aborted %v", got.BytesIn, got.Bytes, got.Aborted)
	}
}

func echoBackend(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.Copy(conn, conn)
	}()
	return l.Addr().String()
}

// Copying need not end for its bytes to count: a handler that is cut short by
// a timeout still knows them.
func TestTunnelCountsAsItGoes(t *testing.T) {
	client, far := net.Pipe()
	defer far.Close()
	var rec Recorder
	conn := rec.counted(client)
	src, feed := io.Pipe()
	done := make(chan struct{})
	go func() { defer close(done); _, _ = io.Copy(conn, src) }()
	go func() { _, _ = feed.Write([]byte("hello")); _, _ = feed.Write([]byte("there")) }()
	// The second write cannot start before the first has been counted.
	for _, word := range []string{"hello", "there"} {
		got := make([]byte, 5)
		if _, err := io.ReadFull(far, got); err != nil || string(got) != word {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if n := rec.out.Load(); n < 5 {
		t.Errorf("%d bytes counted while copying", n)
	}
	feed.Close()
	<-done
	if n := rec.out.Load(); n != 10 {
		t.Errorf("%d bytes counted in the end", n)
	}
}

// What an inner writer left in the buffer goes out, and counts.
func TestBufferedOutputIsNotLost(t *testing.T) {
	client, far := net.Pipe()
	inner := &fakeHijacker{conn: client}
	var rec Recorder
	rec.Start(inner, request("GET", "/"), nil, noon)
	received := make(chan string)
	go func() {
		all, _ := io.ReadAll(far)
		received <- string(all)
	}()
	conn, brw, err := rec.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = brw.WriteString("after")
	_ = brw.Flush()
	conn.Close()
	var got record.Request
	rec.Finish(&got, End{})
	if all := <-received; all != "before,after" || got.Bytes != int64(len(all)) {
		t.Errorf("sent %q, recorded %d bytes", all, got.Bytes)
	}
	if got.Status != 101 || got.Aborted {
		t.Errorf("recorded %d, aborted %v", got.Status, got.Aborted)
	}
}

func TestBufferedOutputThatCannotBeSent(t *testing.T) {
	client, far := net.Pipe()
	far.Close()
	var rec Recorder
	rec.Start(&fakeHijacker{conn: client}, request("GET", "/"), nil, noon)
	if _, _, err := rec.Hijack(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Hijack: %v", err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the connection that nobody got was left open: %v", err)
	}
}

// fakeHijacker leaves something in the writer, which net/http never does.
type fakeHijacker struct {
	sink
	conn net.Conn
}

func (h *fakeHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	brw := bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn))
	_, _ = brw.WriteString("before,")
	return h.conn, brw, nil
}

func TestConnOffersCloseWriteOnlyWhereThereIsOne(t *testing.T) {
	var rec Recorder
	pipe, far := net.Pipe()
	defer pipe.Close()
	defer far.Close()
	if _, ok := rec.counted(pipe).(writeCloser); ok {
		t.Error("a pipe cannot be half-closed")
	}
	for _, conn := range []net.Conn{&net.TCPConn{}, &net.UnixConn{}, &tls.Conn{}} {
		if _, ok := rec.counted(conn).(writeCloser); !ok {
			t.Errorf("%T can be half-closed", conn)
		}
	}
}

// Handlers that answer on the raw connection leave no header to record, and
// what they write to the response afterwards is no response.
func TestHijackWithoutHeader(t *testing.T) {
	const answer = "HTTP/1.1 101 Switching Protocols\r\n\r\nhi"
	s := serve(t, plain, func(w http.ResponseWriter, _ *http.Request) int {
		conn, brw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return 500
		}
		_, _ = brw.WriteString(answer)
		_ = brw.Flush()
		w.WriteHeader(500)
		if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
			t.Errorf("Write: %v", err)
		}
		conn.Close()
		return 0
	})
	conn := dial(t, s, plain)
	fmt.Fprint(conn, upgrade)
	if all, _ := io.ReadAll(conn); string(all) != answer {
		t.Errorf("got %q", all)
	}
	if got := s.recorded(t); got.Status != 101 || got.Bytes != int64(len(answer)) || got.Aborted || got.hooked != nil {
		t.Errorf("recorded %d, %d bytes, aborted %v, hook told of %v", got.Status, got.Bytes, got.Aborted, got.hooked)
	}
}

// Where there is nothing to hijack the handler can still answer.
func TestHijackUnsupported(t *testing.T) {
	s := serve(t, http2, func(w http.ResponseWriter, _ *http.Request) int {
		if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack: %v", err)
		}
		http.Error(w, "no upgrade here", http.StatusUpgradeRequired)
		return 0
	})
	seen := do(t, s, "GET", "")
	if got := s.recorded(t); got.Status != 426 || seen.status != 426 || got.Bytes != int64(seen.bytes) {
		t.Errorf("recorded %d, %d bytes; the client saw %+v", got.Status, got.Bytes, seen)
	}
}
