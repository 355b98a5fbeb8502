package caddyhooks

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// wrap is the hook that puts a probe in front of the error routes.
func wrap(_ caddy.Context, srv *caddyhttp.Server, _ *probe) error {
	return WrapErrorRoutes(srv, "probe", probe{Name: "wrapper"})
}

// TestWrapErrorRoutes checks that Caddy provisions and compiles the error routes
// after the primary ones, and that two handlers make one wrapper.
func TestWrapErrorRoutes(t *testing.T) {
	onProvision = wrap
	client := run(t, `{
		"routes": [
			{"handle": [{"handler": "probe", "name": "first"}]},
			{"handle": [{"handler": "subroute", "routes": [{"handle": [{"handler": "probe", "name": "second"}]}]}]},
			{"handle": [{"handler": "error", "status_code": 404}]}
		],
		"errors": {"routes": [{"handle": [{"handler": "static_response", "status_code": 410}]}]}
	}`)
	status, header := get(t, client, "/", "")
	if status != http.StatusGone {
		t.Errorf("status %d, want the error route's", status)
	}
	if got, want := header.Values("Probe"), []string{"first", "second", "wrapper"}; !slices.Equal(got, want) {
		t.Errorf("passed %v, want %v", got, want)
	}
}

// TestWrapErrorRoutesOfNamedRoute checks that Caddy provisions named routes after
// the error routes: too late to wrap them, but not to find a wrapper.
func TestWrapErrorRoutesOfNamedRoute(t *testing.T) {
	const named = `"named_routes": {"named": {"handle": [{"handler": "probe", "name": "named"}]}},
		"errors": {"routes": [{"handle": [{"handler": "static_response"}]}]}`
	var late error
	onProvision = func(ctx caddy.Context, srv *caddyhttp.Server, p *probe) error {
		err := wrap(ctx, srv, p)
		if p.Name == "named" {
			late = err
		}
		return nil
	}
	if err := caddy.Validate(config(t, `{`+named+`}`, "unused")); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(late, ErrTooLate) {
		t.Errorf("in a named route: %v, want %v", late, ErrTooLate)
	}
	if err := caddy.Validate(config(t, `{"routes": [{"handle": [{"handler": "probe", "name": "first"}]}], `+named+`}`, "unused")); err != nil {
		t.Fatal(err)
	}
	if late != nil {
		t.Errorf("in a named route where the error routes are wrapped: %v", late)
	}
}

// TestFailedErrorRouteStatus checks which status Caddy sends when an error route
// fails too, and that error routes see the server and the first error.
func TestFailedErrorRouteStatus(t *testing.T) {
	onProvision = func(caddy.Context, *caddyhttp.Server, *probe) error { return nil }
	client := run(t, `{
		"routes": [{"handle": [{"handler": "check"}]}],
		"errors": {"routes": [{"handle": [{"handler": "check", "status": 502}]}]}
	}`)
	for path, first := range map[string]error{
		"/handler": caddyhttp.Error(http.StatusConflict, errors.New("first")),
		"/other":   errors.New("first"),
	} {
		checkFails, checkSaw = first, nil
		if status, _ := get(t, client, path, ""); status != FailedErrorRouteStatus(first) {
			t.Errorf("%s: status %d, want %d", path, status, FailedErrorRouteStatus(first))
		}
		if !errors.Is(checkSaw, first) {
			t.Errorf("%s: the error route saw %v, want %v", path, checkSaw, first)
		}
	}
}

func init() {
	caddy.RegisterModule(new(check))
}

// check is a handler that fails: with its status, or with checkFails.
type check struct {
	Status int `json:"status"`
}

// checkFails is the error of the primary routes, checkSaw what the error routes
// see of it.
var checkFails, checkSaw error

func (*check) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.check", New: func() caddy.Module { return new(check) }}
}

func (c *check) ServeHTTP(_ http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if !HasErrorRoutes(r) {
		return errors.New("HasErrorRoutes does not find the error routes")
	}
	if c.Status == 0 {
		return checkFails
	}
	checkSaw, _ = r.Context().Value(caddyhttp.ErrorCtxKey).(error)
	return caddyhttp.Error(c.Status, errors.New("second"))
}
