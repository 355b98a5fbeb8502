package request

import (
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/uuid"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/recorder"
	"github.com/gatebook/gatebook/record"
)

// Recorded is a request that is recorded, and the writer of its response. There is one
// for every request, so it is small: what few requests need is in [details].
type Recorded struct {
	recorder.Recorder
	*Site

	// client is the client's address as Caddy has it.
	client string
	// session is a hash of the application's session cookie, 0 for none.
	session uint64
	// details is nil until something is set in it.
	details *details
	state   atomic.Uint32
	// place is where it is among the requests in flight.
	place  logs.Place
	skip   bool
	origin detection.Origin
	// cached says that a cache replays the response with its events.
	cached bool
	// took says that events were taken out of the response, or counted as not taken.
	took bool
	// redact has values left out of the query and the referer; see [Recorded.Redact].
	redact atomic.Bool
}

// Site is what the requests to a site have in common.
type Site struct {
	// logs are nil if they did not open in time.
	logs *logs.Logs
	// consoles is where those of the server are reached, nil if nowhere.
	consoles *Consoles
}

// NewSite returns the site of requests that are recorded in l, nil if the logs did not
// open in time: then they are not recorded.
func NewSite(l *logs.Logs, consoles *Consoles) *Site { return &Site{l, consoles} }

// In reports whether requests to the site are recorded in l.
func (s *Site) In(l *logs.Logs) bool { return s.logs == l }

// details is what few requests have.
type details struct {
	// requestID is made when something has to be joined with the request.
	requestID string
	failure   *record.Failure
	// verdict is that of the detector; "" means that the request may pass.
	verdict record.Verdict
	// left says that the client was gone when a handler failed.
	left bool
}

// The states of a request. The one who sets stateRecorded records it.
const (
	stateServing   uint32 = iota
	stateDeferred         // a handler failed; the server's error routes come next
	stateAbandoned        // they did not come
	stateRecorded         // it is in the server log
)

// varName is the variable of the request that holds its Recorded. Error routes share
// the variables.
const varName = "gatebook.request"

// Of returns the Recorded of r, nil if r is not recorded.
func Of(r *http.Request) *Recorded {
	q, _ := caddyhttp.GetVar(r.Context(), varName).(*Recorded)
	return q
}

// ID returns the id that joins the request with its events.
func (q *Recorded) ID() string {
	d := q.detailed()
	if d.requestID == "" {
		d.requestID = uuid.NewString()
	}
	return d.requestID
}

// Redact has the values that identify people left out of the recorded query, and out
// of the referer, which has the query of the page before. Admins search for people, and
// an erasure from the application log does not reach the server log.
func (q *Recorded) Redact() { q.redact.Store(true) }

// detailed returns the details, which it makes at the first call.
func (q *Recorded) detailed() *details {
	if q.details == nil {
		q.details = new(details)
	}
	return q.details
}

// asClient returns the client as the detector knows it, on a path.
func (q *Recorded) asClient(path string) abuse.Client {
	return abuse.Client{Addr: parseClient(q.client), UserAgent: q.UserAgent(), Session: q.session, Method: q.Method(), Path: path, Caused: q.origin.Caused()}
}
