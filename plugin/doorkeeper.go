package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/record"
)

func init() {
	caddy.RegisterModule(&doorkeeper{})
}

// A login to a console that fails never reaches the console: Caddy's
// authentication in front of it answers. So that it leaves a trace, the
// doorkeeper listens to those who authenticate on the way to a console.
//
// It is a handler that no request passes: being provisioned, after all routes of
// its server and before any of them serves, is all that it does. Caddy provisions
// named routes at that moment.
type doorkeeper struct{}

// doorkeeperRoute is the named route that the doorkeeper is put in.
const doorkeeperRoute = "gatebook doorkeeper"

// CaddyModule returns the Caddy module information.
func (*doorkeeper) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.gatebook_doorkeeper",
		New: func() caddy.Module { return new(doorkeeper) },
	}
}

// callDoorkeeper has a doorkeeper listen once the server's routes are there.
func callDoorkeeper(srv *caddyhttp.Server) {
	if srv == nil || srv.NamedRoutes[doorkeeperRoute] != nil {
		return
	}
	if srv.NamedRoutes == nil {
		srv.NamedRoutes = map[string]*caddyhttp.Route{}
	}
	srv.NamedRoutes[doorkeeperRoute] = &caddyhttp.Route{HandlersRaw: []json.RawMessage{
		caddyconfig.JSONModuleObject(doorkeeper{}, "handler", "gatebook_doorkeeper", nil),
	}}
}

// Provision listens on the ways to the server's consoles.
func (*doorkeeper) Provision(ctx caddy.Context) error {
	if srv, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok {
		listen(srv.Routes, nil)
	}
	return nil
}

// ServeHTTP is never called.
func (*doorkeeper) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return next.ServeHTTP(w, r)
}

// listen goes through routes; asking are those who authenticated every request
// that comes there. What a route with matchers asks, it does not ask those that
// come to the next one.
func listen(routes caddyhttp.RouteList, asking []*caddyauth.Authentication) {
	for _, route := range routes {
		here := asking[:len(asking):len(asking)]
		for _, handler := range route.Handlers {
			switch h := handler.(type) {
			case *caddyauth.Authentication:
				here = append(here, h)
			case *caddyhttp.Subroute:
				listen(h.Routes, here)
			case *Console:
				h.hear(here)
			}
		}
		if len(route.MatcherSets) == 0 {
			asking = here
		}
	}
}

// hear has the console know of logins that fail. Of several providers one may
// fail because another is meant, so these are left alone.
func (c *Console) hear(asking []*caddyauth.Authentication) {
	for _, auth := range asking {
		if len(auth.Providers) != 1 {
			continue
		}
		for name, provider := range auth.Providers {
			if _, already := provider.(*heard); !already {
				auth.Providers[name] = &heard{provider, c}
			}
		}
	}
}

// heard is an authentication provider that is listened to.
type heard struct {
	caddyauth.Authenticator
	console *Console
}

// Authenticate lets the provider decide.
func (h *heard) Authenticate(w http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	tried := r.Header.Get("Authorization") != "" // without it, it is the browser asking whether to ask
	user, ok, err := h.Authenticator.Authenticate(w, r)
	if !ok && tried {
		h.console.failed.add(h.console.noteFailed)
	}
	return user, ok, err
}

// failures counts logins that failed, so that guessing fills no log: the first
// is told at once, and those within a minute after it together.
type failures struct {
	mu      sync.Mutex
	waiting bool
	count   int
}

const failuresEvery = time.Minute

func (f *failures) add(tell func(n int)) {
	f.mu.Lock()
	f.count++
	now := !f.waiting
	n := f.count
	if now {
		f.waiting, f.count = true, 0
		time.AfterFunc(failuresEvery, func() { f.later(tell) })
	}
	f.mu.Unlock()
	if now {
		tell(n)
	}
}

func (f *failures) later(tell func(n int)) {
	f.mu.Lock()
	n := f.count
	f.waiting, f.count = false, 0
	f.mu.Unlock()
	if n > 0 {
		tell(n)
	}
}

// noteFailed writes the entry. It names nobody: what was typed may be a password.
func (c *Console) noteFailed(n int) {
	in, err := c.app.instance(c.Instance)
	if err == nil {
		text := fmt.Sprintf("A login to the %s console failed.", c.Role)
		if n > 1 {
			text = fmt.Sprintf("%d logins to the %s console failed within a minute.", n, c.Role)
		}
		err = in.Note(context.Background(), record.Event{
			Type:       "console.login_failed",
			Text:       text,
			Key:        "gatebook.login_failed",
			Params:     map[string]string{"console": c.Role, "count": strconv.Itoa(n)},
			Impersonal: []string{"text", "params"},
			Outcome:    record.OutcomeDenied,
		})
	}
	if err != nil {
		c.log.Error("noting a login that failed", zap.Int("logins", n), zap.Error(err))
	}
}

// Interface guards
var (
	_ caddy.Provisioner           = (*doorkeeper)(nil)
	_ caddyhttp.MiddlewareHandler = (*doorkeeper)(nil)
	_ caddyauth.Authenticator     = (*heard)(nil)
)
