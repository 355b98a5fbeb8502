package caddyhooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// A server answers a failed request with its error routes (handle_errors), with
// its own writer: a handler in the primary chain never sees what they send. A
// wrapper in front of them does.

// ErrTooLate says that the error routes have been provisioned, so that they
// cannot be wrapped any more.
var ErrTooLate = errors.New("the error routes are already provisioned")

// WrapErrorRoutes puts the handler, whose module name is given, in front of
// srv's error routes, unless one of that name is there. It does nothing for a
// server without error routes.
//
// It must be called while srv's primary routes are provisioned: Caddy provisions
// and compiles the error routes after them. It provisions named routes later
// still, so a handler in one gets [ErrTooLate].
func WrapErrorRoutes(srv *caddyhttp.Server, name string, handler any) error {
	if srv == nil || srv.Errors == nil || len(srv.Errors.Routes) == 0 || wrapped(srv.Errors.Routes[0], name) {
		return nil
	}
	if len(srv.Errors.Routes[0].Handlers) > 0 {
		return ErrTooLate
	}
	wrapper := caddyhttp.Route{HandlersRaw: []json.RawMessage{
		caddyconfig.JSONModuleObject(handler, "handler", name, nil),
	}}
	srv.Errors.Routes = append(caddyhttp.RouteList{wrapper}, srv.Errors.Routes...)
	return nil
}

// wrapped recognizes a wrapper before (raw) and after it was provisioned. A raw
// handler may also stand in a subroute, where the Caddyfile's handle_errors puts
// it.
func wrapped(route caddyhttp.Route, name string) bool {
	if len(route.MatcherSetsRaw) > 0 || len(route.MatcherSets) > 0 {
		return false
	}
	if len(route.Handlers) > 0 {
		module, ok := route.Handlers[0].(caddy.Module)
		return ok && module.CaddyModule().ID == caddy.ModuleID("http.handlers."+name)
	}
	return len(route.HandlersRaw) > 0 && bytes.Contains(route.HandlersRaw[0], []byte(`"handler":"`+name+`"`))
}

// HasErrorRoutes reports whether the server of r has error routes.
func HasErrorRoutes(r *http.Request) bool {
	srv, _ := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	return srv != nil && srv.Errors != nil && len(srv.Errors.Routes) > 0
}

// FailedErrorRouteStatus is the status that the server sends when an error
// route fails: that of the first error, of the primary routes. Caddy asserts its
// type and does not unwrap it, so this does neither.
func FailedErrorRouteStatus(first error) int {
	if he, ok := any(first).(caddyhttp.HandlerError); ok {
		return he.StatusCode
	}
	return http.StatusInternalServerError
}
