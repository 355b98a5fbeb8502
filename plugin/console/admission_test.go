package console

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// open are the paths that every role may ask for. What they show depends on the role.
var open = []string{"", "language", "logout", "health"}

// TestEveryRouteHasARole: a route that is not open names one of the roles, and answers
// at least one method.
func TestEveryRouteHasARole(t *testing.T) {
	for _, routes := range []map[string]route{pageRoutes, apiRoutes} {
		for path, to := range routes {
			isOpen := slices.Contains(open, path) || strings.HasPrefix(path, "static/")
			if known := to.role == RoleApplication || to.role == RoleSecurity; known == isOpen {
				t.Errorf("%q is for the role %q", path, to.role)
			}
			if len(to.methods()) == 0 {
				t.Errorf("%q answers no method", path)
			}
		}
	}
}

// TestOtherRolesAreRefused asks for every route by every method, with every set of
// roles that lacks the one that it is for. The source has no methods: a handler that
// ran would panic.
func TestOtherRolesAreRefused(t *testing.T) {
	paths := map[string]route{}
	for path, to := range pageRoutes {
		paths["/"+path] = to
	}
	for path, to := range apiRoutes {
		paths["/api/v1/"+path] = to
	}
	for path, to := range paths {
		for _, roles := range [][]Role{nil, {"root"}, {RoleApplication}, {RoleSecurity}} {
			if to.role == anyRole && roles != nil || slices.Contains(roles, to.role) {
				continue
			}
			c := &Console{Source: nobody{}, Roles: roles, Base: "/logs/"}
			methods := append(slices.Collect(maps.Keys(to.change)), http.MethodGet, http.MethodHead, http.MethodOptions, "INVENTED")
			for _, method := range methods {
				w := httptest.NewRecorder()
				c.ServeHTTP(w, httptest.NewRequest(method, strings.NewReplacer("{seq}", "1", "{id}", "f1", "{ip}", "192.0.2.1").Replace(path), nil))
				if w.Code != http.StatusForbidden {
					t.Errorf("%s %s with %q: status %d", method, path, roles, w.Code)
				}
			}
		}
	}
}

// TestOtherSitesChangeNothing sends every change from a page of another site.
func TestOtherSitesChangeNothing(t *testing.T) {
	for _, routes := range []map[string]route{pageRoutes, apiRoutes} {
		for path, to := range routes {
			c := &Console{Source: nobody{}, Roles: []Role{RoleApplication, RoleSecurity}, Base: "/logs/"}
			for method := range to.change {
				r := httptest.NewRequest(method, "/", nil)
				r.Header.Set("Sec-Fetch-Site", "cross-site")
				if err := c.serve(c.newPageView(r), httptest.NewRecorder(), r, routes, path); err == nil || !strings.Contains(err.Error(), "another site") {
					t.Errorf("%s %q: %v", method, path, err)
				}
			}
		}
	}
}

// nobody is a source of which only the name is asked.
type nobody struct{ Source }

func (nobody) Instance() string         { return "acme" }
func (nobody) Location() *time.Location { return time.UTC }
