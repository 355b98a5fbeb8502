package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin"
)

// View shows the server log of a data directory in a security console, to read only and
// at a path that only the caller knows.
type View struct {
	// DataDir has the instance.
	DataDir, Instance string
	// Listen is an address of this machine, with a port.
	Listen string
	// Secret is the first part of the console's path. Nothing is served without it, so
	// that other users of the machine do not read the log.
	Secret string
	// Timezone is that of the pages, "" for UTC.
	Timezone string
	// First and Last are the times of the oldest and the newest request, which the
	// pages begin with.
	First, Last time.Time
}

// keepForEver is the longest retention that can be configured.
const keepForEver = caddy.Duration(36500 * 24 * time.Hour)

// Start starts the console and returns its address. Stop it with [caddy.Stop].
func (v *View) Start() (address string, err error) {
	cfg := config(&plugin.App{DataDir: v.DataDir}, caddyhttp.App{Servers: map[string]*caddyhttp.Server{
		"view": {Listen: []string{v.Listen}, Routes: v.routes(), AutoHTTPS: &caddyhttp.AutoHTTPSConfig{Disabled: true}},
	}}, "")
	cfg.Admin.Disabled = true
	quiet(cfg)
	if err := caddy.Run(cfg); err != nil {
		return "", fmt.Errorf("starting the console: %w", err)
	}
	return "http://" + v.Listen + "/" + v.Secret + "/", nil
}

func (v *View) routes() caddyhttp.RouteList {
	base := "/" + v.Secret
	var routes caddyhttp.RouteList
	for _, page := range []string{"overview", "requests", "errors"} {
		match := caddyhttp.RawMatcherSets{{
			"path": caddyconfig.JSON(caddyhttp.MatchPath{base + "/" + page}, nil),
			"vars": json.RawMessage(`{"{http.request.uri.query}":[""]}`),
		}}
		routes = append(routes, caddyhttp.Route{MatcherSetsRaw: match, HandlersRaw: []json.RawMessage{redirect(base + "/" + page + "?" + v.period())}, Terminal: true})
	}
	routes = append(routes, caddyhttp.Route{MatcherSetsRaw: changes(base), HandlersRaw: []json.RawMessage{
		answer(http.StatusMethodNotAllowed, "This console is read-only: gatebook open shows a log and changes nothing.\n", http.Header{"Allow": {"GET, HEAD"}}),
	}, Terminal: true})
	routes = append(routes, under(base, handler("gatebook_console", plugin.Console{Role: "security", Instance: v.Instance, InsecureNoAuth: true}))...)
	return append(routes,
		caddyhttp.Route{HandlersRaw: []json.RawMessage{answer(http.StatusNotFound, "There is nothing at this address.\n", nil)}, Terminal: true},
		// No request comes here. The instance has to be declared by a handler.
		route(gate(v.Instance, plugin.Settings{Timezone: v.Timezone, ServerLog: &plugin.ServerLogSettings{Retention: keepForEver}})),
	)
}

// period is the time of the log as parameters of a page.
func (v *View) period() string {
	return url.Values{
		"from": {v.First.UTC().Format(time.RFC3339)},
		"to":   {v.Last.Add(time.Second).UTC().Format(time.RFC3339)},
	}.Encode()
}

// changes matches what would change something. The language is a cookie.
func changes(base string) caddyhttp.RawMatcherSets {
	not := []map[string]any{{"method": []string{http.MethodGet, http.MethodHead}}, {"path": []string{base + "/language"}}}
	return caddyhttp.RawMatcherSets{{"not": caddyconfig.JSON(not, nil)}}
}

func redirect(to string) json.RawMessage {
	return answer(http.StatusFound, "", http.Header{"Location": {to}})
}

func answer(status int, body string, header http.Header) json.RawMessage {
	return caddyconfig.JSONModuleObject(map[string]any{"status_code": status, "body": body, "headers": header}, "handler", "static_response", nil)
}

// LoopbackAddress returns the address of --listen, on which only this machine can reach a
// server, with a free port for the port 0.
func LoopbackAddress(ctx context.Context, listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("--listen %q must be an address of this machine with a port, such as 127.0.0.1:8095", listen)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("--listen %q must be a loopback address, such as 127.0.0.1:8095: whoever reaches it reads the log", listen)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return "", fmt.Errorf("--listen %s: %w", listen, err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
