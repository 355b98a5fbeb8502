package recorder

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// readAll is a handler that fails where the body does, as a proxy.
func readAll(_ http.ResponseWriter, r *http.Request) int {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return http.StatusBadGateway
	}
	return 0
}

// A client that leaves during an upload is not the server's failure.
func TestClientLeavesDuringTheUpload(t *testing.T) {
	for _, p := range protocols {
		s := serve(t, p, readAll)
		ctx, leave := context.WithCancel(t.Context())
		body, more := io.Pipe()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = io.WriteString(more, strings.Repeat("x", 100_000))
			leave()
			// The transport waits for its write of the body, which waits for more.
			_ = more.CloseWithError(context.Canceled)
		}()
		if res, err := s.Client().Do(req); err == nil {
			res.Body.Close()
			t.Errorf("%s: the client got %s", p.name, res.Status)
		}
		if got := s.recorded(t); got.Status != 499 || !got.Aborted || got.Bytes != 0 || got.BytesIn > 100_000 {
			t.Errorf("%s: recorded %d, %d bytes in, aborted %v", p.name, got.Status, got.BytesIn, got.Aborted)
		}
	}
}

// The client of a malformed body, or of a slow one, is there and gets a response.
func TestBodyThatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		name, body string
		aborted    bool
		handler    handler
	}{
		{"malformed chunk", "Transfer-Encoding: chunked\r\n\r\nno number\r\n", false, readAll},
		{"too slow", "Content-Length: 9\r\n\r\nx", true, func(w http.ResponseWriter, r *http.Request) int {
			if err := http.NewResponseController(w).SetReadDeadline(time.Now()); err != nil {
				t.Error(err)
			}
			return readAll(w, r)
		}},
	} {
		s := serve(t, plain, c.handler)
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: example.com\r\n"+c.body)
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 502 ") {
			t.Errorf("%s: the client got %q, %v", c.name, answer, err)
		}
		if got := s.recorded(t); got.Status != 502 || got.Aborted != c.aborted {
			t.Errorf("%s: recorded %d, aborted %v", c.name, got.Status, got.Aborted)
		}
	}
}

// A handler that closes the body while something still reads it, as a proxy does whose
// application is gone, has the error to itself.
func TestBodyClosedByTheHandler(t *testing.T) {
	for _, p := range protocols {
		s := serve(t, p, func(_ http.ResponseWriter, r *http.Request) int {
			one := make([]byte, 1)
			if _, err := r.Body.Read(one); err != nil {
				t.Error(err)
			}
			r.Body.Close()
			if _, err := r.Body.Read(one); err == nil {
				t.Error("a closed body can be read")
			}
			return http.StatusBadGateway
		})
		req, err := http.NewRequest(http.MethodPost, s.URL, strings.NewReader("xyz"))
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := s.recorded(t); got.Status != 502 || got.Aborted || res.StatusCode != 502 {
			t.Errorf("%s: recorded %d, aborted %v; the client got %s", p.name, got.Status, got.Aborted, res.Status)
		}
	}
}
