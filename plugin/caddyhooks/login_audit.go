package caddyhooks

import (
	"encoding/json"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"
)

func init() {
	caddy.RegisterModule(&loginAudit{})
}

// LoginObserver is a handler that wants to know of failed logins. A failed login
// never reaches it: Caddy's authentication in front of it answers.
type LoginObserver interface {
	LoginFailed()
	// MountedAt says where the handler is reached.
	MountedAt(Mount)
}

// loginAudit watches the authentication in front of each [LoginObserver] of a
// server. It is a handler that no request passes. All that it does, it does when
// it is provisioned: Caddy provisions named routes after all other routes of the
// server and before any of them serves.
type loginAudit struct{}

// loginAuditRoute is the named route that holds the login audit.
const loginAuditRoute = "gatebook doorkeeper"

// CaddyModule returns the Caddy module information.
func (*loginAudit) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.gatebook_doorkeeper",
		New: func() caddy.Module { return new(loginAudit) },
	}
}

// AuditLogins adds a login audit to srv. It must be called while srv's primary
// routes are provisioned.
func AuditLogins(srv *caddyhttp.Server) {
	if srv == nil || srv.NamedRoutes[loginAuditRoute] != nil {
		return
	}
	if srv.NamedRoutes == nil {
		srv.NamedRoutes = map[string]*caddyhttp.Route{}
	}
	srv.NamedRoutes[loginAuditRoute] = &caddyhttp.Route{HandlersRaw: []json.RawMessage{
		caddyconfig.JSONModuleObject(loginAudit{}, "handler", "gatebook_doorkeeper", nil),
	}}
}

// Provision wraps the authentication providers of the server.
func (*loginAudit) Provision(ctx caddy.Context) error {
	if srv, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok {
		auditRoutes(srv.Routes, nil, Mount{})
	}
	return nil
}

// ServeHTTP is never called.
func (*loginAudit) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return next.ServeHTTP(w, r)
}

// auditRoutes goes through the routes; passed are the authentications that every
// request has passed before it comes to them, around is where they are reached. The authentication of a route with
// matchers does not count for the routes after it.
func auditRoutes(routes caddyhttp.RouteList, passed []*caddyauth.Authentication, around Mount) {
	for _, route := range routes {
		mount := around.within(route)
		here := passed[:len(passed):len(passed)]
		for _, handler := range route.Handlers {
			switch h := handler.(type) {
			case *caddyauth.Authentication:
				here = append(here, h)
			case *caddyhttp.Subroute:
				auditRoutes(h.Routes, here, mount)
			case LoginObserver:
				auditProviders(here, h)
				mount.Authenticated = len(here) > 0
				h.MountedAt(mount)
			}
		}
		if len(route.MatcherSets) == 0 {
			passed = here
		}
	}
}

// auditProviders wraps the providers for the observer. Where there are several,
// one may fail because another is meant, so these are left alone.
func auditProviders(passed []*caddyauth.Authentication, observer LoginObserver) {
	for _, auth := range passed {
		if len(auth.Providers) != 1 {
			continue
		}
		for name, provider := range auth.Providers {
			if _, already := provider.(*auditedProvider); !already {
				auth.Providers[name] = &auditedProvider{provider, observer}
			}
		}
	}
}

// auditedProvider reports the failed logins of an authentication provider.
type auditedProvider struct {
	caddyauth.Authenticator
	observer LoginObserver
}

// Authenticate calls the provider.
func (p *auditedProvider) Authenticate(w http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	// A browser's first request has no credentials; it asks whether to ask for them.
	tried := r.Header.Get("Authorization") != ""
	user, ok, err := p.Authenticator.Authenticate(w, r)
	if !ok && tried {
		p.observer.LoginFailed()
	}
	return user, ok, err
}

// Interface guards
var (
	_ caddy.Provisioner           = (*loginAudit)(nil)
	_ caddyhttp.MiddlewareHandler = (*loginAudit)(nil)
	_ caddyauth.Authenticator     = (*auditedProvider)(nil)
)
