package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
)

// full has no slot left.
type full struct{ *consoletest.Source }

func (*full) TakeExport() (release func(), ok bool) { return nil, false }
func (*full) TakeStream() (release func(), ok bool) { return nil, false }

func TestNoSlotLeft(t *testing.T) {
	c := consoletest.New(t, &full{consoletest.Sample(t)}, console.RoleApplication, console.RoleSecurity)
	for _, path := range []string{"requests.csv", "requests.ndjson", "events.csv", "events.ndjson", "requests/live", "events/live"} {
		res := consoletest.Get(c, "/api/v1/"+path)
		if res.Code != http.StatusServiceUnavailable || res.Header().Get("Retry-After") != "10" {
			t.Errorf("%s: %d, Retry-After %q: %s", path, res.Code, res.Header().Get("Retry-After"), res.Body)
		}
	}
	if res := consoletest.Get(c, "/api/v1/requests"); res.Code != http.StatusOK {
		t.Errorf("a page: %d", res.Code)
	}
}

// counting has one slot of each kind.
type counting struct {
	*consoletest.Source
	used int
}

func (s *counting) TakeExport() (release func(), ok bool) { return s.take() }
func (s *counting) TakeStream() (release func(), ok bool) { return s.take() }
func (s *counting) take() (release func(), ok bool) {
	if s.used > 0 {
		return nil, false
	}
	s.used++
	return func() { s.used-- }, true
}

// deadlines records which deadlines were set, and whether something was written
// without one.
type deadlines struct {
	*httptest.ResponseRecorder
	at        time.Time
	set       int
	unlimited bool
}

func (w *deadlines) SetWriteDeadline(at time.Time) error {
	w.at = at
	w.set++
	return nil
}

func (w *deadlines) Write(p []byte) (int, error) {
	if wait := time.Until(w.at); wait <= 0 || wait > time.Hour {
		w.unlimited = true
	}
	return w.ResponseRecorder.Write(p)
}

// A slot comes back when an export or a stream ends, and a client that does not read
// is given up.
func TestSlotComesBack(t *testing.T) {
	source := &counting{Source: consoletest.Sample(t)}
	c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
	for _, path := range []string{"requests.csv", "requests/live", "events.ndjson", "events/live"} {
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		c.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/"+path, nil))
		if w.Code != http.StatusOK || source.used != 0 {
			t.Errorf("%s: %d, %d slots are in use", path, w.Code, source.used)
		}
		if w.unlimited || w.set == 0 || !w.at.IsZero() {
			t.Errorf("%s: a write without a deadline: %v; %d were set, the last is %s", path, w.unlimited, w.set, w.at)
		}
	}
}
