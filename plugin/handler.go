package plugin

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/request"
)

func init() {
	caddy.RegisterModule(&Handler{})
}

// Handler stands in front of an application and records each request in the
// server log, and each event that the application sends in the response header
// `X-App-Event` in the application log, on disk before the response goes out.
// The headers `X-App-Event` and `X-App-Error` never reach a client.
//
// It belongs first in the chain; in a Caddyfile it is placed there by itself.
type Handler struct {
	// The instance whose logs are kept. Default: `default`.
	Instance string `json:"instance,omitempty"`

	Settings

	instance *instance
	consoles *request.Consoles
	// lastSite is that of the last request: they differ only while the logs open.
	lastSite atomic.Pointer[request.Site]
	log      *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (*Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.gatebook",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision declares the instance and puts a handler in front of the server's
// error routes.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.log = ctx.Logger()
	app, err := theApp(ctx)
	if err != nil {
		return err
	}
	if h.Instance == "" {
		h.Instance = DefaultInstance
	}
	srv, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	h.consoles = app.consolesOf(srv)
	if h.instance, err = app.declare(h.Instance, serverName(srv), h.Settings); err != nil {
		return err
	}
	return wrapErrorRoutes(srv, h.Instance)
}

func theApp(ctx caddy.Context) (*App, error) {
	val, err := ctx.App("gatebook")
	if err != nil {
		return nil, fmt.Errorf("loading the gatebook app: %w", err)
	}
	return val.(*App), nil
}

func serverName(srv *caddyhttp.Server) string {
	if srv == nil {
		return "a server"
	}
	return "server " + srv.Name()
}

// Validate names the first setting that cannot work. It needs no Provision.
func (h *Handler) Validate() error {
	if h.Instance != "" {
		if err := validInstance(h.Instance); err != nil {
			return err
		}
	}
	return h.validate()
}

// wrapErrorRoutes puts a gatebook handler in front of srv's error routes. A request
// whose handler failed is deferred until that handler takes it over.
func wrapErrorRoutes(srv *caddyhttp.Server, instance string) error {
	err := caddyhooks.WrapErrorRoutes(srv, "gatebook", Handler{Instance: instance})
	if errors.Is(err, caddyhooks.ErrTooLate) {
		return fmt.Errorf("gatebook in a named route cannot see what handle_errors of %s sends; put the directive into the site itself", serverName(srv))
	}
	return err
}

// site returns what a request that comes now has in common with others.
func (h *Handler) site() *request.Site {
	l := h.wait()
	if last := h.lastSite.Load(); last != nil && last.In(l) {
		return last
	}
	site := request.NewSite(l, h.consoles)
	h.lastSite.Store(site)
	return site
}

// ServeHTTP records the request that next answers.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	known, failed := request.Of(r), r.Context().Value(caddyhttp.ErrorCtxKey) != nil
	switch {
	case known != nil && failed:
		return known.ServeErrorRoute(w, r, next)
	case known != nil:
		// A second gatebook directive on the same way: the request is
		// recorded once.
		return next.ServeHTTP(w, r)
	case failed:
		// An error of a request that passed no gate: error routes are the whole
		// server's, and the request may belong to another site, or to none.
		return request.ServeUnrecorded(w, r, next)
	}
	request.Strip(r)
	path := r.URL.Path
	q := request.Begin(w, r, h.site(), h.instance.skips(path))
	defer q.Unwind(r)
	if err := q.Admit(w, r); err != nil {
		return q.End(r, err)
	}
	if h.instance.strict(path) {
		if err := q.AdmitStrict(); err != nil {
			return q.End(r, err)
		}
	}
	return q.End(r, next.ServeHTTP(q, r))
}

// wait returns the logs, nil if they are not open in time.
func (h *Handler) wait() *logs.Logs {
	l := h.instance.ref.Wait()
	if l == nil {
		h.instance.unrecorded.Add(1)
		h.log.Error("the logs did not open in time; a request goes on unrecorded", zap.String("instance", h.Instance))
	}
	return l
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
