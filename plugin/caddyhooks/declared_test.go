package caddyhooks

import (
	"maps"
	"slices"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// TestPendingHandlers checks that every handler finds all others, whichever are
// provisioned before it: those are known, and the rest is there as JSON.
func TestPendingHandlers(t *testing.T) {
	all := []string{"error", "first", "last", "named", "nested"}
	provisioned := map[string]bool{}
	onProvision = func(ctx caddy.Context, _ *caddyhttp.Server, p *probe) error {
		provisioned[p.Name] = true
		found := maps.Clone(provisioned)
		for _, handler := range PendingHandlers(ctx, "probe") {
			found[handler["name"].(string)] = true
		}
		if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, all) {
			t.Errorf("%s finds %v, want %v", p.Name, got, all)
		}
		return nil
	}
	err := caddy.Validate(config(t, `{
		"routes": [
			{"handle": [{"handler": "probe", "name": "first"}]},
			{"handle": [{"handler": "subroute", "routes": [{"handle": [{"handler": "probe", "name": "nested"}]}]}]},
			{"handle": [{"handler": "static_response"}, {"handler": "probe", "name": "last"}]}
		],
		"errors": {"routes": [{"handle": [{"handler": "probe", "name": "error"}]}]},
		"named_routes": {"any": {"handle": [{"handler": "probe", "name": "named"}]}}
	}`, "unused"))
	if err != nil {
		t.Fatal(err)
	}
	if len(provisioned) != len(all) {
		t.Errorf("provisioned %v, want %v", provisioned, all)
	}
}
