package request

import (
	"context"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/recorder"
)

// errorRouteTimeout is how long after the end of a request, or of its client, the
// error routes may still take it over.
const errorRouteTimeout = 5 * time.Second

// deferToErrorRoutes leaves the request to the error routes. If they do not take it
// over, because something between here and the server handled the error itself, it is
// recorded with the error's status when it is over.
func (q *Recorded) deferToErrorRoutes(r *http.Request, status int) {
	q.state.Store(stateDeferred)
	left := q.details.left
	context.AfterFunc(r.Context(), func() {
		// The context also ends when a client that still reads has closed its
		// own side, while the error routes are at work or about to be.
		time.AfterFunc(errorRouteTimeout, func() {
			if q.state.CompareAndSwap(stateDeferred, stateAbandoned) {
				q.record(r, recorder.End{Now: time.Now(), Status: status, ClientLeft: left})
			}
		})
	})
}

// ServeUnrecorded serves an error page for a request that passed no gate. It is not
// recorded, but its response may have events all the same, which are removed.
func ServeUnrecorded(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	Strip(r)
	s := new(stripped)
	s.Start(w, r, s, time.Now())
	defer func() { appevent.TakeTrailers(s.Header()) }()
	return next.ServeHTTP(s, r)
}

// stripped is a response without the headers for events and failures.
type stripped struct{ recorder.Recorder }

// BeforeHeader removes the headers.
func (*stripped) BeforeHeader(_ int, h http.Header) { appevent.Take(h) }
