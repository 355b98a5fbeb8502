// Package gate runs a gate without a configuration file: in front of an application, or
// in front of the demo's.
package gate

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/gatebook/gatebook/plugin"
)

// gate is the handler that records the requests and events of an instance.
func gate(instance string, s plugin.Settings) json.RawMessage {
	return handler("gatebook", plugin.Handler{Instance: instance, Settings: s})
}

// proxyTo passes requests on to an application.
func proxyTo(upstreams ...string) json.RawMessage {
	pool := make(reverseproxy.UpstreamPool, len(upstreams))
	for i, u := range upstreams {
		pool[i] = &reverseproxy.Upstream{Dial: u}
	}
	return handler("reverse_proxy", reverseproxy.Handler{Upstreams: pool})
}

// login asks for a user's password, of which hash is the bcrypt hash.
func login(user, hash string) json.RawMessage {
	basic := caddyauth.HTTPBasicAuth{
		AccountList: []caddyauth.Account{{Username: user, Password: hash}},
	}
	return handler("authentication", caddyauth.Authentication{
		ProvidersRaw: caddy.ModuleMap{"http_basic": caddyconfig.JSON(basic, nil)},
	})
}

// under mounts handlers below a path, which they see stripped.
func under(path string, handlers ...json.RawMessage) []caddyhttp.Route {
	strip := json.RawMessage(fmt.Sprintf(`{"handler":"rewrite","strip_path_prefix":%q}`, path))
	redirect := json.RawMessage(fmt.Sprintf(`{"handler":"static_response","status_code":308,"headers":{"Location":[%q]}}`, path+"/"))
	return []caddyhttp.Route{
		{MatcherSetsRaw: onPath(path), HandlersRaw: []json.RawMessage{redirect}, Terminal: true},
		{MatcherSetsRaw: onPath(path + "/*"), HandlersRaw: append([]json.RawMessage{strip}, handlers...), Terminal: true},
	}
}

func onPath(path string) caddyhttp.RawMatcherSets {
	return caddyhttp.RawMatcherSets{{"path": caddyconfig.JSON(caddyhttp.MatchPath{path}, nil)}}
}

func handler(name string, value any) json.RawMessage {
	return caddyconfig.JSONModuleObject(value, "handler", name, nil)
}

func route(handlers ...json.RawMessage) caddyhttp.Route {
	return caddyhttp.Route{HandlersRaw: handlers}
}

// config is a whole configuration.
func config(app *plugin.App, servers caddyhttp.App, adminListen string) *caddy.Config {
	no := false
	admin := &caddy.AdminConfig{Listen: adminListen, Config: &caddy.ConfigSettings{Persist: &no}}
	return &caddy.Config{
		Admin: admin,
		AppsRaw: caddy.ModuleMap{
			"gatebook": caddyconfig.JSON(app, nil),
			"http":     caddyconfig.JSON(&servers, nil),
		},
	}
}

// quiet has Caddy say and write nothing that a short-lived gate does not need.
func quiet(cfg *caddy.Config) {
	// There are no certificates to clean up, and Caddy would leave traces of
	// that in the user's home.
	cfg.AppsRaw["tls"] = []byte(`{"disable_storage_clean":true}`)
	cfg.Logging = &caddy.Logging{Logs: map[string]*caddy.CustomLog{
		"default": {BaseLog: caddy.BaseLog{Level: "ERROR"}},
	}}
}

// upstream reads an application's address as people give it.
func upstream(s string) (string, error) {
	dial := strings.TrimSuffix(strings.TrimPrefix(s, "http://"), "/")
	if strings.HasPrefix(dial, ":") {
		dial = "localhost" + dial
	}
	if strings.Contains(dial, "://") || strings.HasPrefix(dial, "unix/") {
		return "", fmt.Errorf("--to %q must be an address such as localhost:9000; for anything else write a Caddyfile", s)
	}
	addr, err := caddy.ParseNetworkAddress(dial)
	if err != nil || addr.StartPort == 0 || addr.PortRangeSize() != 1 {
		return "", fmt.Errorf("--to %q must be an address with a port, such as localhost:9000", s)
	}
	return dial, nil
}
