package plugin

import (
	"net/http"
	"testing"
)

func TestCached(t *testing.T) {
	for _, c := range []struct {
		name, value string
		cached      bool
	}{
		{"Age", "0", false},
		{"Age", "00", false},
		{"Age", "7", true},
		{"Cache-Status", "one; fwd=miss", false},
		{"Cache-Status", `"hitch"; fwd=miss`, false},
		{"Cache-Status", "one; hit", true},
		{"Cache-Status", "origin; fwd=uri-miss, edge; hit; ttl=30", true},
		{"X-Other", "hit", false},
	} {
		h := http.Header{}
		h.Set(c.name, c.value)
		if got := cached(h); got != c.cached {
			t.Errorf("%s: %s: cached is %v", c.name, c.value, got)
		}
	}
}

func TestMatchPath(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		match         bool
	}{
		{"/api/*", "/api/x", true},
		{"/api/*", "//api/x", true},
		{"/api/*", "/API/x", true},
		{"/API/*", "/api/x", true},
		{"/static/*", "/static/../wp-login.php", false},
		{"/static/*", "/static/a/../b.css", true},
		{"/healthz", "/healthz", true},
		{"/healthz", "/healthz/", false},
	} {
		if got := matchPath([]string{c.pattern}, c.path); got != c.match {
			t.Errorf("%s on %s: %v", c.pattern, c.path, got)
		}
	}
}
