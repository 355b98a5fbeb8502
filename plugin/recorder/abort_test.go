package recorder

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
)

func TestPanics(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler handler
		status  int
		bytes   int64
	}{
		{"before the header", func(http.ResponseWriter, *http.Request) int { panic(http.ErrAbortHandler) }, 500, 0},
		{"in the body", func(w http.ResponseWriter, _ *http.Request) int {
			_, _ = io.WriteString(w, "half of")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, 200, 7},
	} {
		for _, p := range protocols {
			s := serve(t, p, c.handler)
			res, err := s.Client().Get(s.URL)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if err == nil {
				t.Errorf("%s, %s: the client saw a whole response", c.name, p.name)
			}
			if got := s.recorded(t); got.Status != c.status || got.Bytes != c.bytes || !got.Aborted {
				t.Errorf("%s, %s: recorded %d, %d bytes, aborted %v", c.name, p.name, got.Status, got.Bytes, got.Aborted)
			}
		}
	}
}

// Less than Content-Length promises breaks the connection even where the
// handler sees nothing wrong.
func TestShortResponse(t *testing.T) {
	for _, p := range protocols {
		s := serve(t, p, func(w http.ResponseWriter, _ *http.Request) int {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "short")
			return 0
		})
		res, err := s.Client().Get(s.URL)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the client saw a whole response", p.name)
		}
		if got := s.recorded(t); got.Status != 200 || got.Bytes != 5 || !got.Aborted {
			t.Errorf("%s: recorded %d, %d bytes, aborted %v", p.name, got.Status, got.Bytes, got.Aborted)
		}
	}
}

// A client that leaves while a download is under way.
func TestAbortedDownload(t *testing.T) {
	for _, p := range protocols {
		s := serve(t, p, func(w http.ResponseWriter, _ *http.Request) int {
			chunk := make([]byte, 64<<10)
			for {
				if _, err := w.Write(chunk); err != nil {
					return 0
				}
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		res := get(t, ctx, s)
		if _, err := io.CopyN(io.Discard, res.Body, 100<<10); err != nil {
			t.Fatal(err)
		}
		cancel()
		res.Body.Close()
		if got := s.recorded(t); got.Status != 200 || got.Bytes < 64<<10 || !got.Aborted {
			t.Errorf("%s: recorded %d, %d bytes, aborted %v", p.name, got.Status, got.Bytes, got.Aborted)
		}
	}
}

func get(t *testing.T, ctx context.Context, s *server) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestClientLeavesBeforeTheHeader(t *testing.T) {
	for _, p := range protocols {
		ctx, cancel := context.WithCancel(t.Context())
		s := serve(t, p, func(_ http.ResponseWriter, r *http.Request) int {
			cancel()
			<-r.Context().Done()
			return 0
		})
		req, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
		if res, err := s.Client().Do(req); err == nil {
			// The server's empty answer may overtake the client's own leaving.
			res.Body.Close()
		}
		if got := s.recorded(t); got.Status != 499 || got.Bytes != 0 || !got.Aborted {
			t.Errorf("%s: recorded %d, %d bytes, aborted %v", p.name, got.Status, got.Bytes, got.Aborted)
		}
	}
}

// A client that leaves after it had everything is nobody's loss.
func TestClientLeavesAfterTheResponse(t *testing.T) {
	for _, p := range protocols {
		s := serve(t, p, func(w http.ResponseWriter, r *http.Request) int {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "desk")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return 0
		})
		ctx, cancel := context.WithCancel(t.Context())
		res := get(t, ctx, s)
		if _, err := io.CopyN(io.Discard, res.Body, 4); err != nil {
			t.Fatal(err)
		}
		cancel()
		s.CloseClientConnections()
		res.Body.Close()
		if got := s.recorded(t); got.Status != 200 || got.Bytes != 4 || got.Aborted {
			t.Errorf("%s: recorded %d, %d bytes, aborted %v", p.name, got.Status, got.Bytes, got.Aborted)
		}
	}
}

// Events reach the client one by one while the response goes on.
func TestServerSentEvents(t *testing.T) {
	for _, p := range protocols {
		next := make(chan struct{})
		s := serve(t, p, func(w http.ResponseWriter, _ *http.Request) int {
			w.Header().Set("Content-Type", "text/event-stream")
			flush := http.NewResponseController(w).Flush
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(w, "data: %d\n\n", i); err != nil {
					return 0
				}
				if err := flush(); err != nil {
					return 0
				}
				if i < 3 {
					<-next
				}
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		res := get(t, ctx, s)
		lines := bufio.NewReader(res.Body)
		for i := range 3 {
			line, err := lines.ReadString('\n')
			if err != nil || line != fmt.Sprintf("data: %d\n", i) {
				t.Fatalf("%s: event %d is %q, %v", p.name, i, line, err)
			}
			_, _ = lines.ReadString('\n')
			next <- struct{}{}
		}
		cancel()
		res.Body.Close()
		if got := s.recorded(t); got.Status != 200 || got.Bytes < 3*9 || !got.Aborted {
			t.Errorf("%s: recorded %d, %d bytes, aborted %v", p.name, got.Status, got.Bytes, got.Aborted)
		}
	}
}

// A client that resets its connection, on a bare socket.
func TestResetConnection(t *testing.T) {
	s := serve(t, plain, func(w http.ResponseWriter, _ *http.Request) int {
		w.Header().Set("Content-Length", "1000000000")
		_, _ = io.Copy(w, zeros{})
		return 0
	})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /big HTTP/1.1\r\nHost: example.com\r\n\r\n")
	if _, err := io.ReadFull(conn, make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
	if got := s.recorded(t); got.Status != 200 || got.Bytes < 1000 || got.Bytes >= 1e9 || !got.Aborted {
		t.Errorf("recorded %d, %d bytes, aborted %v", got.Status, got.Bytes, got.Aborted)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
