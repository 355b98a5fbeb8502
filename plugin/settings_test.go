package plugin

import "testing"

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
