package caddyhooks

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/caddyauth"
)

func init() {
	caddy.RegisterModule(new(password))
	caddy.RegisterModule(new(otherPassword))
}

// password lets requests in whose Authorization header is "right".
type password struct{}

func (*password) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.authentication.providers.password", New: func() caddy.Module { return new(password) }}
}

func (*password) Authenticate(_ http.ResponseWriter, r *http.Request) (caddyauth.User, bool, error) {
	return caddyauth.User{ID: "ada"}, r.Header.Get("Authorization") == "right", nil
}

// otherPassword is a second provider for the same authentication.
type otherPassword struct{ password }

func (*otherPassword) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.authentication.providers.other_password", New: func() caddy.Module { return new(otherPassword) }}
}

// TestAuditLogins checks that Caddy provisions named routes when all other
// routes are there, and that a provider that is wrapped then is the one that
// serves.
func TestAuditLogins(t *testing.T) {
	onProvision = func(_ caddy.Context, srv *caddyhttp.Server, _ *probe) error {
		AuditLogins(srv)
		return nil
	}
	const auth = `{"handler": "authentication", "providers": {"password": {}}}`
	client := run(t, `{"routes": [
		{"match": [{"path": ["/same"]}], "handle": [`+auth+`, {"handler": "probe", "name": "same"}], "terminal": true},
		{"match": [{"path": ["/two"]}], "handle": [
			{"handler": "authentication", "providers": {"password": {}, "other_password": {}}}, {"handler": "probe", "name": "two"}
		], "terminal": true},
		{"match": [{"path": ["/unrelated"]}], "handle": [`+auth+`]},
		{"match": [{"path": ["/open"]}], "handle": [{"handler": "probe", "name": "open"}], "terminal": true},
		{"match": [{"path": ["/nested"]}], "handle": [{"handler": "subroute", "routes": [
			{"handle": [`+auth+`]},
			{"handle": [{"handler": "subroute", "routes": [{"handle": [{"handler": "probe", "name": "nested"}]}]}]}
		]}]}
	]}`)
	if got := mounts["nested"]; !slices.Equal(got.Paths, []string{"/nested"}) || len(got.Hosts) > 0 {
		t.Errorf("the nested probe is mounted at %+v", got)
	}
	for name, want := range map[string]bool{"same": true, "two": true, "nested": true, "open": false} {
		if got := mounts[name].Authenticated; got != want {
			t.Errorf("the probe %s is behind an authentication: %v, want %v", name, got, want)
		}
	}
	for _, test := range []struct {
		path, authorization string
		status              int
		failed              map[string]int
	}{
		{"/same", "", 401, nil},
		{"/same", "right", 200, nil},
		{"/same", "wrong", 401, map[string]int{"same": 1}},
		{"/nested", "wrong", 401, map[string]int{"nested": 1}},
		{"/nested", "right", 200, nil},
		{"/two", "wrong", 401, nil},
		{"/unrelated", "wrong", 401, nil},
	} {
		clear(loginsFailed)
		status, _ := get(t, client, test.path, test.authorization)
		if status != test.status {
			t.Errorf("%s with %q: status %d, want %d", test.path, test.authorization, status, test.status)
		}
		if !maps.Equal(loginsFailed, test.failed) {
			t.Errorf("%s with %q: failed %v, want %v", test.path, test.authorization, loginsFailed, test.failed)
		}
	}
}
