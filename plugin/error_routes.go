package plugin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/recorder"
)

// wrapErrorRoutes puts a gatebook handler in front of srv's error routes. A
// request whose handler failed is deferred until that handler takes it up.
func wrapErrorRoutes(srv *caddyhttp.Server, instance string) error {
	err := caddyhooks.WrapErrorRoutes(srv, "gatebook", Handler{Instance: instance})
	if errors.Is(err, caddyhooks.ErrTooLate) {
		return fmt.Errorf("gatebook in a named route cannot see what handle_errors of %s sends; put the directive into the site itself", serverName(srv))
	}
	return err
}

// deferToErrorRoutes leaves the exchange to the error routes. If none takes it up, because
// something between here and the server handled the error itself, it is
// recorded with the error's status when the request is over.
func (x *exchange) deferToErrorRoutes(r *http.Request, status int) {
	x.state.Store(deferred)
	context.AfterFunc(r.Context(), func() {
		// The context also ends when a client that still reads has closed its
		// own side, while the error routes are at work or about to be.
		time.AfterFunc(errorRouteTimeout, func() {
			if x.state.CompareAndSwap(deferred, abandoned) {
				x.record(r, recorder.End{Now: time.Now(), Status: status})
			}
		})
	})
}

// errorRouteTimeout is how long after a request's end, or its client's, the error
// routes may still take it up.
const errorRouteTimeout = 5 * time.Second

// serveUnseen serves an error page for a request that passed no gate. It is not
// recorded, but an application behind the page may send events all the same.
func serveUnseen(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	stripRequest(r)
	s := new(stripped)
	s.Start(w, r, s, time.Now())
	defer func() { appevent.TakeTrailers(s.Header()) }()
	return next.ServeHTTP(s, r)
}

// stripped is a response without the headers for events and failures.
type stripped struct{ recorder.Recorder }

func (*stripped) BeforeHeader(_ int, h http.Header) { appevent.Take(h) }

// serveErrorRoute serves the error page with the exchange's writer.
func (x *exchange) serveErrorRoute(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if !x.state.CompareAndSwap(deferred, serving) {
		return serveUnseen(w, r, next)
	}
	defer x.unwind(r)
	first, _ := r.Context().Value(caddyhttp.ErrorCtxKey).(error)
	err := next.ServeHTTP(x, r)
	gone := r.Context().Err()
	events, failures := appevent.TakeTrailers(x.Header())
	x.tell(events, failures, x.Status(), x.WroteHeader())
	end := recorder.End{Now: time.Now(), ContextErr: gone}
	if err != nil {
		end.Status = caddyhooks.FailedErrorRouteStatus(first)
	}
	x.record(r, end)
	return err
}
