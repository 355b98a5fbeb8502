package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
)

// handler answers a request. An error that it returns has written nothing yet.
type handler func(*Console, *view.View, http.ResponseWriter, *http.Request) error

// route is what answers one path.
type route struct {
	// role is whose path it is; anyRole leaves it to every user.
	role Role
	// read answers GET and HEAD; nil means that there is nothing to read.
	read handler
	// change answers other methods, by their names, to pages of this site and
	// to programs, but to no page of another site.
	change map[string]handler
}

// methods lists what the route understands.
func (to route) methods() []string {
	list := slices.Sorted(maps.Keys(to.change))
	if to.read != nil {
		list = append([]string{http.MethodGet, http.MethodHead}, list...)
	}
	return list
}

// handler is what answers a method, or nil.
func (to route) handler(method string) handler {
	if method == http.MethodGet || method == http.MethodHead {
		return to.read
	}
	return to.change[method]
}

// sameSite lets no page of another site change anything by a visitor's hands.
var sameSite http.CrossOriginProtection

// These stand in route tables for all paths that go on with a name.
const (
	eventRoute   = "events/{seq}"
	flagRoute    = "flags/{id}"
	addressRoute = "addresses/{ip}"
)

// find is the route of a path; what the path names becomes a value of r's.
func find(routes map[string]route, r *http.Request, path string) (route, bool) {
	if to, ok := routes[path]; ok {
		return to, true
	}
	for _, pattern := range []string{eventRoute, flagRoute, addressRoute} {
		start, variable, _ := strings.Cut(pattern, "{")
		if name, below := strings.CutPrefix(path, start); below {
			r.SetPathValue(strings.TrimSuffix(variable, "}"), name)
			to, ok := routes[pattern]
			return to, ok
		}
	}
	return route{}, false
}

// serve answers a request whose path and method are known, to users who may make it.
func (c *Console) serve(v *view.View, w http.ResponseWriter, r *http.Request, routes map[string]route, path string) error {
	to, ok := find(routes, r, path)
	switch {
	case len(c.Roles) == 0:
		return &problem.Error{Status: http.StatusForbidden, Detail: locale.Text("Nobody may read here: this console was given no role.")}
	case !ok:
		return &problem.Error{Status: http.StatusNotFound, Detail: locale.Text("There is nothing at this address.")}
	case to.role != anyRole && !c.has(to.role):
		return &problem.Error{Status: http.StatusForbidden, Detail: locale.Text("This is for the %s role, which this console does not have."), Args: []any{string(to.role)}}
	case to.handler(r.Method) == nil:
		allowed := to.methods()
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return &problem.Error{Status: http.StatusMethodNotAllowed, Detail: locale.Text("Only %s are understood here."), Args: []any{strings.Join(allowed, ", ")}}
	case sameSite.Check(r) != nil:
		return &problem.Error{Status: http.StatusForbidden, Detail: locale.Text("This came from another site, and nothing was changed.")}
	}
	return to.handler(r.Method)(c, v, w, r)
}
