package caddyhooks

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(new(probe))
}

// probe is a handler that calls a hook when it is provisioned, and sets its name
// in a response header when it serves.
type probe struct {
	Name string `json:"name"`
}

// onProvision is the hook of the test that runs.
var onProvision func(ctx caddy.Context, srv *caddyhttp.Server, p *probe) error

// loginsFailed counts the failed logins per probe.
var loginsFailed = map[string]int{}

// mounts is where the probes are reached.
var mounts = map[string]Mount{}

func (*probe) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.probe", New: func() caddy.Module { return new(probe) }}
}

func (p *probe) Provision(ctx caddy.Context) error {
	srv, _ := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	return onProvision(ctx, srv, p)
}

func (p *probe) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	w.Header().Add("Probe", p.Name)
	return next.ServeHTTP(w, r)
}

func (p *probe) LoginFailed() { loginsFailed[p.Name]++ }

func (p *probe) MountedAt(m Mount) { mounts[p.Name] = m }

// config is a Caddy configuration with one server, whose JSON is given without
// its listener.
func config(t *testing.T, server, socket string) *caddy.Config {
	t.Helper()
	var srv map[string]any
	if err := json.Unmarshal([]byte(server), &srv); err != nil {
		t.Fatalf("%s: %v", server, err)
	}
	srv["listen"] = []string{"unix/" + socket}
	srv["automatic_https"] = map[string]any{"disable": true}
	http, err := json.Marshal(map[string]any{"servers": map[string]any{"srv": srv}})
	if err != nil {
		t.Fatal(err)
	}
	return &caddy.Config{
		Admin:   &caddy.AdminConfig{Disabled: true, Config: &caddy.ConfigSettings{Persist: new(bool)}},
		AppsRaw: caddy.ModuleMap{"http": http},
	}
}

// run starts Caddy with the server and returns a client for it.
func run(t *testing.T, server string) *http.Client {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	if err := caddy.Run(config(t, server, socket)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, client *http.Client, path, authorization string) (status int, header http.Header) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode, resp.Header
}
