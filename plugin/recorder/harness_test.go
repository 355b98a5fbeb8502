package recorder

import (
	"bytes"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

// outcome is what was recorded of one request.
type outcome struct {
	record.Request
	hooked []int // the statuses that the hook was told of
}

// stripHook does to headers what the plugin's does: it reads one and removes
// it.
type stripHook struct{ statuses []int }

func (s *stripHook) BeforeHeader(status int, h http.Header) {
	s.statuses = append(s.statuses, status)
	h.Del("X-App-Event")
}

// handler is one that may return the status of an error, as Caddy's do.
type handler func(w http.ResponseWriter, r *http.Request) (status int)

// recorded is what the plugin does around a handler.
func recorded(h handler, results chan<- outcome) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var rec Recorder
		hook := &stripHook{}
		rec.Start(w, r, hook, time.Now())
		rec.CountBody(r)
		end := End{Panicked: true}
		defer func() {
			end.Now, end.ContextErr, end.ClientLeft = time.Now(), r.Context().Err(), rec.ClientLeft()
			out := outcome{hooked: hook.statuses}
			rec.Finish(&out.Request, end)
			results <- out
		}()
		end.Status = h(&rec, r)
		end.Panicked = false
		if end.Status != 0 && !rec.WroteHeader() {
			w.WriteHeader(end.Status)
		}
	}
}

type protocol struct {
	name    string
	tls, h2 bool
}

var (
	plain     = protocol{"HTTP/1.1", false, false}
	tls1      = protocol{"HTTP/1.1 over TLS", true, false}
	http2     = protocol{"HTTP/2.0", true, true}
	protocols = []protocol{plain, tls1, http2}
)

type server struct {
	*httptest.Server
	results chan outcome
	log     *lockedBuffer
}

func serve(t *testing.T, p protocol, h handler) *server {
	t.Helper()
	s := &server{results: make(chan outcome, 1), log: &lockedBuffer{}}
	s.Server = httptest.NewUnstartedServer(recorded(h, s.results))
	s.Config.ErrorLog = log.New(s.log, "", 0)
	s.EnableHTTP2 = p.h2
	if p.tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// recorded waits for what was recorded of the request just made.
func (s *server) recorded(t *testing.T) outcome {
	t.Helper()
	select {
	case out := <-s.results:
		return out
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was recorded")
		panic("unreachable")
	}
}
