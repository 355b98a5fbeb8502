package plugin

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// declared lists the instances that the whole configuration declares, in the
// midst of provisioning it: `validate` provisions and starts nothing, and a
// console may come before the gates. What Caddy has provisioned has been
// declared here; the rest is still there as JSON, which it drops afterwards.
func (a *App) declared(ctx caddy.Context) []string {
	names := map[string]bool{}
	a.mu.Lock()
	for name := range a.instances {
		names[name] = true
	}
	a.mu.Unlock()
	if app, err := ctx.AppIfConfigured("http"); err == nil {
		if raw, err := json.Marshal(app.(*caddyhttp.App).Servers); err == nil {
			var servers any
			_ = json.Unmarshal(raw, &servers) // it was written just now
			gatesIn(servers, names)
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// gatesIn finds the gates in any handler's JSON, however deep: routes are
// everywhere in it.
func gatesIn(v any, names map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, v := range v {
			gatesIn(v, names)
		}
	case map[string]any:
		if v["handler"] == "gatebook" {
			name, _ := v["instance"].(string)
			if name == "" {
				name = DefaultInstance
			}
			names[name] = true
		}
		for _, v := range v {
			gatesIn(v, names)
		}
	}
}
