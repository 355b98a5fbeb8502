package plugin

import (
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

func init() {
	caddy.RegisterModule(&Handler{})
}

// Handler stands in front of an application and records each request in the
// server log, and each event that the application tells in the response header
// `X-App-Event` in the application log, on disk before the response goes out.
// The headers `X-App-Event` and `X-App-Error` never reach a client.
//
// It belongs first in the chain; in a Caddyfile it is placed there by itself.
type Handler struct {
	// The instance whose books are kept. Default: `default`.
	Instance string `json:"instance,omitempty"`

	Settings

	instance *instance
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

// ServeHTTP records the request that next answers.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	known, failed := exchangeOf(r), r.Context().Value(caddyhttp.ErrorCtxKey) != nil
	switch {
	case known != nil && failed:
		return known.serveErrorRoute(w, r, next)
	case known != nil:
		// A second gatebook directive on the same way: the request is
		// recorded once.
		return next.ServeHTTP(w, r)
	case failed:
		// An error on no gate's way: error routes are the whole server's, and
		// the request may belong to another site, or to none.
		return serveUnseen(w, r, next)
	}
	stripRequest(r)
	x := begin(h, w, r)
	defer x.unwind(r)
	if err := x.admit(w, r); err != nil {
		return x.end(r, err)
	}
	if err := x.refusal(h.instance, r); err != nil {
		return x.end(r, err)
	}
	return x.end(r, next.ServeHTTP(x, r))
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.Validator             = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
