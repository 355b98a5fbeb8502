package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record/banlist"
)

// Role is what a console's users may read.
type Role string

// The roles. The application's admins never see the server log; security
// staff do not see the application log.
const (
	RoleApplication Role = "application"
	RoleSecurity    Role = "security"
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

const anyRole Role = ""

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

// home shows a role what it came for.
func home(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
	if c.has(RoleApplication) {
		return (&eventPages{v, c.Source}).eventsPage(w, r)
	}
	// Not http.Redirect, which would take the address for one relative to a
	// path that was stripped.
	w.Header().Set("Location", v.Base+"overview")
	w.WriteHeader(http.StatusFound)
	return nil
}

// answer is a method of a room's type that answers a request.
type answer[Room any] func(Room, http.ResponseWriter, *http.Request) error

func onEvents(to answer[*eventPages]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&eventPages{v, c.Source}, w, r)
	}
}

func onSecurity(to answer[*securityPages]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&securityPages{v, c.Source}, w, r)
	}
}

func onSettings(to answer[*settingsPages]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&settingsPages{v, c.Source}, w, r)
	}
}

func onAPI(to answer[*jsonAPI]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&jsonAPI{v, c.Source}, w, r)
	}
}

func onView(to answer[*view.View]) handler {
	return func(_ *Console, v *view.View, w http.ResponseWriter, r *http.Request) error { return to(v, w, r) }
}

// pageRoutes are the paths of the pages and static files; the first is that of the
// mount point.
var pageRoutes = withStaticFiles(map[string]route{
	"":         {role: anyRole, read: home},
	"language": {role: anyRole, change: map[string]handler{http.MethodPost: onView((*view.View).ChooseLanguage)}},
	eventRoute: {role: RoleApplication, read: onEvents((*eventPages).eventPage)},
	"settings": {role: RoleApplication, read: onSettings((*settingsPages).settingsPage), change: map[string]handler{http.MethodPost: onSettings((*settingsPages).postSettings)}},

	"overview":   {role: RoleSecurity, read: onSecurity((*securityPages).overviewPage)},
	"flags":      {role: RoleSecurity, read: onSecurity((*securityPages).flagsPage)},
	flagRoute:    {role: RoleSecurity, read: onSecurity((*securityPages).flagPage)},
	addressRoute: {role: RoleSecurity, read: onSecurity((*securityPages).addressPage)},
	"decide":     {role: RoleSecurity, change: map[string]handler{http.MethodPost: onSecurity((*securityPages).postDecision)}},
	"undo":       {role: RoleSecurity, change: map[string]handler{http.MethodPost: onSecurity((*securityPages).postUndo)}},
	"requests":   {role: RoleSecurity, read: onSecurity((*securityPages).requestsPage)},
	"errors":     {role: RoleSecurity, read: onSecurity((*securityPages).errorsPage)},
	"incidents":  {role: RoleSecurity, read: onSecurity((*securityPages).incidentsPage)},
})

// withStaticFiles adds a route for each static file, so that there is nothing to list
// and no path to climb out of.
func withStaticFiles(routes map[string]route) map[string]route {
	for path, serve := range view.StaticFiles {
		routes[path] = route{role: anyRole, read: func(_ *Console, _ *view.View, w http.ResponseWriter, r *http.Request) error {
			serve(w, r)
			return nil
		}}
	}
	return routes
}

// apiRoutes are the paths below /api/v1/.
var apiRoutes = map[string]route{
	"health":           {role: anyRole, read: onAPI((*jsonAPI).apiHealth)},
	"events":           {role: RoleApplication, read: onAPI((*jsonAPI).apiEvents)},
	eventRoute:         {role: RoleApplication, read: onAPI((*jsonAPI).apiEvent)},
	"events.csv":       {role: RoleApplication, read: onAPI((*jsonAPI).exportEventsCSV)},
	"events.ndjson":    {role: RoleApplication, read: onAPI((*jsonAPI).exportEventsNDJSON)},
	"events/live":      {role: RoleApplication, read: onAPI((*jsonAPI).liveEvents)},
	"settings":         {role: RoleApplication, read: onAPI((*jsonAPI).apiSettings), change: map[string]handler{http.MethodPut: onAPI((*jsonAPI).apiChangeSettings)}},
	"settings/pending": {role: RoleApplication, change: map[string]handler{http.MethodDelete: onAPI((*jsonAPI).apiTakeBack)}},
	"requests":         {role: RoleSecurity, read: onAPI((*jsonAPI).apiRequests)},
	"requests.csv":     {role: RoleSecurity, read: onAPI((*jsonAPI).exportRequestsCSV)},
	"requests.ndjson":  {role: RoleSecurity, read: onAPI((*jsonAPI).exportRequestsNDJSON)},
	"requests/live":    {role: RoleSecurity, read: onAPI((*jsonAPI).liveRequests)},
	"requests/summary": {role: RoleSecurity, read: onAPI((*jsonAPI).apiSummary)},
	"errors":           {role: RoleSecurity, read: onAPI((*jsonAPI).apiErrors)},
	"flags":            {role: RoleSecurity, read: onAPI((*jsonAPI).apiFlags)},
	flagRoute:          {role: RoleSecurity, read: onAPI((*jsonAPI).apiFlag), change: map[string]handler{http.MethodPost: onAPI((*jsonAPI).apiDecideFlag)}},
	"decisions":        {role: RoleSecurity, change: map[string]handler{http.MethodPost: onAPI((*jsonAPI).apiDecide)}},
	"bans.txt":         {role: RoleSecurity, read: onAPI(exportBans(banlist.Text))},
	"bans.json":        {role: RoleSecurity, read: onAPI(exportBans(banlist.JSON))},
	"bans.csv":         {role: RoleSecurity, read: onAPI(exportBans(banlist.CSV))},
	"bans.nft":         {role: RoleSecurity, read: onAPI(exportBans(banlist.NFT))},
	"bans.ipset":       {role: RoleSecurity, read: onAPI(exportBans(banlist.IPSet))},
	"bans.caddy":       {role: RoleSecurity, read: onAPI(exportBans(banlist.Caddy))},
	"bans.nginx":       {role: RoleSecurity, read: onAPI(exportBans(banlist.Nginx))},
	"bans.crowdsec":    {role: RoleSecurity, read: onAPI(exportBans(banlist.CrowdSec))},
}
