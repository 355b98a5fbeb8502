package request

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/recorder"
	"github.com/gatebook/gatebook/record"
)

// Begin begins to record r. The result is the writer of its response; [Recorded.End]
// and [Recorded.Unwind] must be called. skip says that only its events are stored.
func Begin(w http.ResponseWriter, r *http.Request, site *Site, skip bool) *Recorded {
	client := clientVar(r)
	q := &Recorded{Site: site, skip: skip, client: client, origin: originOf(r, client)}
	q.Start(w, r, q, time.Now())
	q.CountBody(r)
	if q.logs != nil {
		q.logs.InFlight.Enter(q, &q.place)
	}
	caddyhttp.SetVar(r.Context(), varName, q)
	return q
}

// BeforeHeader strips events and failures from every header, and stores those of the
// final one before the first byte goes out.
func (q *Recorded) BeforeHeader(status int, h http.Header) {
	events, failures := appevent.Take(h)
	if status >= 200 || status == http.StatusSwitchingProtocols {
		q.cached = q.cached || isCached(h)
		q.appendEvents(events, failures, status, false)
	}
}

// End finishes the response when the handlers have returned err, and records the
// request unless error routes come next. It returns err.
func (q *Recorded) End(r *http.Request, err error) error {
	gone := r.Context().Err()
	if err == nil && gone == nil && !q.WroteHeader() && !q.Hijacked() {
		// The server would write this by itself, but not through q.
		q.WriteHeader(http.StatusOK)
	}
	status := q.Status()
	left := q.clientLeft(err, gone)
	if err != nil {
		if left {
			q.detailed().left = true
		} else {
			q.fail(err)
		}
		if status == 0 {
			status = errorStatus(err)
		}
	}
	if left {
		status = recorder.StatusClientClosed
	}
	// Trailers, and what a failed handler left for an error page to send.
	events, failures := appevent.TakeTrailers(q.Header())
	q.appendEvents(events, failures, status, q.WroteHeader())
	q.countRemoved(r.Context())
	if err != nil && !q.WroteHeader() && caddyhooks.HasErrorRoutes(r) {
		q.deferToErrorRoutes(r, status)
		return err
	}
	q.record(r, recorder.End{Now: time.Now(), Status: errorStatus(err), ContextErr: gone, ClientLeft: left})
	return err
}

// clientLeft reports whether the client was gone before there was a header, and is
// to blame for err. gone is the error of the request's context.
func (q *Recorded) clientLeft(err, gone error) bool {
	switch {
	case q.ClientLeft():
		return true
	case err == nil || gone == nil || q.WroteHeader():
		return false
	}
	// Over HTTP/1.1 the context also ends when a client that still reads has closed
	// its own side. It gets the error unless that comes from the context.
	return q.Multiplexed() || errors.Is(err, context.Canceled) || errorStatus(err) == recorder.StatusClientClosed
}

// Unwind is to be deferred. It records a request whose handler panicked, and panics
// again: that is how Caddy closes the connection of an aborted response.
func (q *Recorded) Unwind(r *http.Request) {
	why := recover()
	if q.state.Load() == stateServing {
		appevent.TakeTrailers(q.Header())
		end := recorder.End{Now: time.Now(), ContextErr: r.Context().Err(), ClientLeft: q.ClientLeft(), Panicked: true}
		if err, ok := why.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			end.Aborted = true
		} else if why != nil {
			q.failBy(why)
		}
		if q.details != nil && q.details.verdict == record.VerdictBan {
			end.Status = http.StatusForbidden // `on_banned abort` is not a failure
		}
		q.record(r, end)
	}
	if why != nil {
		panic(why)
	}
}

// ServeErrorRoute serves the error page of a request that was deferred.
func (q *Recorded) ServeErrorRoute(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if !q.state.CompareAndSwap(stateDeferred, stateServing) {
		return ServeUnrecorded(w, r, next)
	}
	defer q.Unwind(r)
	first, _ := r.Context().Value(caddyhttp.ErrorCtxKey).(error)
	err := next.ServeHTTP(q, r)
	gone := r.Context().Err()
	events, failures := appevent.TakeTrailers(q.Header())
	q.appendEvents(events, failures, q.Status(), q.WroteHeader())
	q.countRemoved(r.Context())
	left := q.ClientLeft() || q.details != nil && q.details.left
	end := recorder.End{Now: time.Now(), ContextErr: gone, ClientLeft: left}
	if err != nil {
		end.Status = caddyhooks.FailedErrorRouteStatus(first)
	}
	q.record(r, end)
	return err
}

// Interface guards
var (
	_ http.ResponseWriter = (*Recorded)(nil)
	_ recorder.HeaderHook = (*Recorded)(nil)
)
