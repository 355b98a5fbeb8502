package caddyhooks

import (
	"encoding/json"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// PendingHandlers returns the settings of all HTTP handlers of the given name
// that Caddy has not provisioned yet, as decoded JSON objects. It is called
// while a module is provisioned, and serves a module that needs to know about
// handlers that come after it: `validate` provisions and starts nothing.
//
// Caddy drops the JSON of a handler when it has provisioned it. So a handler
// that is not in the result has been provisioned; one in the result may have
// been.
func PendingHandlers(ctx caddy.Context, name string) []map[string]any {
	app, err := ctx.AppIfConfigured("http")
	if err != nil {
		return nil
	}
	raw, err := json.Marshal(app.(*caddyhttp.App).Servers)
	if err != nil {
		return nil
	}
	var servers any
	_ = json.Unmarshal(raw, &servers) // json.Marshal wrote it
	var found []map[string]any
	eachObject(servers, func(object map[string]any) {
		if object["handler"] == name {
			found = append(found, object)
		}
	})
	return found
}

// eachObject calls f for every object in v, at any depth: many handlers have
// routes with handlers of their own.
func eachObject(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, v := range v {
			eachObject(v, f)
		}
	case map[string]any:
		f(v)
		for _, v := range v {
			eachObject(v, f)
		}
	}
}
