package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/recorder"
)

// A server answers a failed request by its error routes (handle_errors), with
// its own writer: a recorder in the primary chain never sees what they send.
// So the module puts a handler of its own in front of them, and an exchange
// whose handler failed is parked until that handler takes it up.

// coverErrorRoutes puts a gatebook handler in front of srv's error routes. It
// relies on Caddy's order: a server's error routes are provisioned and
// compiled after its primary ones, during whose provisioning this runs.
//
// Named routes are provisioned later still, when it is too late for a cover: a
// gate in one is refused where there are error routes that no other covers.
func coverErrorRoutes(srv *caddyhttp.Server, instance string) error {
	if srv == nil || srv.Errors == nil || len(srv.Errors.Routes) == 0 || covered(srv.Errors.Routes[0]) {
		return nil
	}
	if len(srv.Errors.Routes[0].Handlers) > 0 {
		return fmt.Errorf("gatebook in a named route cannot see what handle_errors of %s sends; put the directive into the site itself", serverName(srv))
	}
	cover := caddyhttp.Route{HandlersRaw: []json.RawMessage{
		caddyconfig.JSONModuleObject(Handler{Instance: instance}, "handler", "gatebook", nil),
	}}
	srv.Errors.Routes = append(caddyhttp.RouteList{cover}, srv.Errors.Routes...)
	return nil
}

// covered recognizes a cover, before (raw) and after it was provisioned.
func covered(route caddyhttp.Route) bool {
	if len(route.MatcherSetsRaw) > 0 || len(route.MatcherSets) > 0 {
		return false
	}
	if len(route.Handlers) > 0 {
		_, ours := route.Handlers[0].(*Handler)
		return ours
	}
	return len(route.HandlersRaw) > 0 && bytes.Contains(route.HandlersRaw[0], []byte(`"handler":"gatebook"`))
}

func hasErrorRoutes(r *http.Request) bool {
	srv, _ := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	return srv != nil && srv.Errors != nil && len(srv.Errors.Routes) > 0
}

// park leaves the exchange to the error routes. If none takes it up, because
// something between here and the server handled the error itself, it is
// recorded with the error's status when the request is over.
func (x *exchange) park(r *http.Request, status int) {
	x.state.Store(parked)
	context.AfterFunc(r.Context(), func() {
		// The context also ends when a client that still reads has closed its
		// own side, while the error routes are at work or about to be.
		time.AfterFunc(parkedPatience, func() {
			if x.state.CompareAndSwap(parked, abandoned) {
				x.record(r, recorder.End{Now: time.Now(), Status: status})
			}
		})
	})
}

// parkedPatience is how long after a request's end, or its client's, the error
// routes may still take it up.
const parkedPatience = 5 * time.Second

// serveUnseen serves an error page for a request that passed no gate. It is not
// recorded, but an application behind the page may tell events all the same.
func serveUnseen(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	stripRequest(r)
	s := new(stripped)
	s.Start(w, r, s, time.Now())
	defer func() { appevent.TakeTrailers(s.Header()) }()
	return next.ServeHTTP(s, r)
}

// stripped is a response without what an application told.
type stripped struct{ recorder.Recorder }

func (*stripped) BeforeHeader(_ int, h http.Header) { appevent.Take(h) }

// serveErrorRoute serves the error page with the exchange's writer.
func (x *exchange) serveErrorRoute(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if !x.state.CompareAndSwap(parked, serving) {
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
		end.Status = failedErrorRoute(first)
	}
	x.record(r, end)
	return err
}

// failedErrorRoute is the status that the server sends when an error route
// itself failed: the first error's, by a plain assertion as in server.go.
func failedErrorRoute(first error) int {
	if he, ok := any(first).(caddyhttp.HandlerError); ok {
		return he.StatusCode
	}
	return http.StatusInternalServerError
}
