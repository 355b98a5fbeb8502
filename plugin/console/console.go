// Package console serves what an instance's two books hold: pages for people
// and JSON for programs. It reads from any [Source], knows nothing of Caddy
// or of a store, and asks nobody who they are: whoever mounts it has to do
// that first. What it does decide is which role may open which path.
package console

import (
	"context"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Source is one instance's books, as much of them as a console may read.
type Source interface {
	Instance() string
	// Location is the time zone that the instance's people live in.
	Location() *time.Location
	// Events returns one page, newest first, and the cursor of the next one,
	// which is empty when there is none.
	Events(context.Context, query.Events) ([]record.Event, string, error)
	// Event returns an error that wraps record.ErrNotFound if there is none.
	Event(ctx context.Context, seq uint64) (record.Event, error)
	// CountEvents counts what q asks for, up to most; more says that there are
	// more than that. Limit and Cursor play no part.
	CountEvents(ctx context.Context, q query.Events, most int) (n int, more bool, err error)
	// Note writes an entry of the category gatebook, which is on the disk when
	// Note returns. Id, times, category and transport are filled in.
	Note(context.Context, record.Event) error
	// Settings tells how long entries are kept, PreviewSettings what a change
	// would do, and ChangeSettings makes it; by is who wants it. A setting that
	// cannot be is a *record.ParamError.
	Settings(context.Context) (record.SettingsView, error)
	PreviewSettings(ctx context.Context, want record.LogSettings) (record.SettingsView, error)
	ChangeSettings(ctx context.Context, want record.LogSettings, by string) (record.SettingsView, error)
	// Categories returns the names that entries carry.
	Categories(context.Context) ([]string, error)
	// Requests is like Events.
	Requests(context.Context, query.Requests) ([]record.Request, string, error)
	// EachRequest calls yield for all that match, newest first, until it
	// returns an error, which EachRequest returns. A request may be overwritten
	// once yield has returned.
	EachRequest(ctx context.Context, q query.Requests, yield func(*record.Request) error) error
	// Summary tells of requests in numbers.
	Summary(context.Context, query.Summary) (record.Summary, error)
	// Failures returns failed requests in groups, record.MaxFailureGroups at
	// most; the one that failed last comes first.
	Failures(context.Context, query.Failures) ([]record.FailureGroup, error)
	// Flags returns a page of the review queue, the flag that changed last first,
	// and Flag one with its evidence, or an error that wraps record.ErrNotFound.
	Flags(context.Context, query.Flags) ([]record.Flag, string, error)
	Flag(ctx context.Context, id string) (record.FlagCase, error)
	// Spared are addresses that the configuration never has refused, and Enforces
	// reports whether anybody is.
	Spared() []netip.Prefix
	Enforces() bool
	// Decide does what somebody decides; it is on the disk, and holds, when Decide
	// returns. A subject or a time that cannot be is a *record.ParamError; an error
	// that wraps record.ErrNotStoredYet says that it holds all the same.
	Decide(context.Context, record.DecisionRequest) (record.Flag, error)
	// FollowEvents and FollowRequests yield what is recorded from now on, until
	// the context ends, the source closes or the reader is too slow.
	FollowEvents(context.Context) <-chan record.Event
	FollowRequests(context.Context) <-chan record.Request
	Health() record.Health
}

// Role is what a console's users may read.
type Role string

// The roles. The application's admins never see the server log; security
// staff do not see the application log.
const (
	RoleApplication Role = "application"
	RoleSecurity    Role = "security"
)

// Console serves the pages and the API of one instance. Its fields must not
// change while it serves.
type Console struct {
	Source Source
	// Roles are those of everybody who gets this far. Without one, every path
	// is refused.
	Roles []Role
	// User is who looks, as the site authenticated them; "" if it did not say.
	// It names who exported or changed something.
	User string
	// Asker is the address that they come from, as the site knows it; the zero
	// Addr leaves it to the connection. It tells who would ban themselves.
	Asker netip.Addr
	// Operator says that whoever asks runs the gate, and could read its files as
	// well: what they read leaves no entry, what they change does.
	Operator bool
	// Base is the path under which the console is mounted, as the browser
	// sees it; it starts and ends with "/".
	Base string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Report takes errors that users are told nothing about; nil means
	// nowhere.
	Report func(error)

	// What follows is there while a page is made: who looks at it speaks
	// locale, and here is its address.
	locale *locale
	here   string
}

// ServeHTTP serves pages, static files and the API. The path of r is relative
// to the mount point and starts with "/".
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if api, ok := strings.CutPrefix(path, "api/v1/"); ok {
		c.ServeAPI(w, r, api)
		return
	}
	setSecurityHeaders(w.Header())
	c = c.lookedAt(r)
	routes := pageRoutes
	if strings.HasPrefix(path, "static/") {
		routes = staticRoutes
	}
	if err := c.serve(w, r, routes, path); err != nil {
		c.writeErrorPage(w, r, err)
	}
}

// ServeAPI serves the API alone. The path is what follows "/api/v1/", such as
// "events/45886"; that of r is not looked at.
func (c *Console) ServeAPI(w http.ResponseWriter, r *http.Request, path string) {
	setSecurityHeaders(w.Header())
	if err := c.serve(w, r, apiRoutes, path); err != nil {
		c.writeProblem(w, r, err)
	}
}

// lookedAt is the console for one request of a person.
func (c *Console) lookedAt(r *http.Request) *Console {
	one := *c
	one.locale = localeOf(r)
	one.here = c.Base + strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if r.URL.RawQuery != "" {
		one.here += "?" + r.URL.RawQuery
	}
	return &one
}

// handler answers a request. An error that it returns has written nothing yet.
type handler func(*Console, http.ResponseWriter, *http.Request) error

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

func (c *Console) serve(w http.ResponseWriter, r *http.Request, routes map[string]route, path string) error {
	to, ok := find(routes, r, path)
	switch {
	case len(c.Roles) == 0:
		return &statusError{status: http.StatusForbidden, detail: phrase("Nobody may read here: this console was given no role.")}
	case !ok:
		return &statusError{status: http.StatusNotFound, detail: phrase("There is nothing at this address.")}
	case to.role != anyRole && !slices.Contains(c.Roles, to.role):
		return &statusError{http.StatusForbidden, phrase("This is for the %s role, which this console does not have."), []any{string(to.role)}}
	case to.handler(r.Method) == nil:
		allowed := to.methods()
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return &statusError{http.StatusMethodNotAllowed, phrase("Only %s are understood here."), []any{strings.Join(allowed, ", ")}}
	case sameSite.Check(r) != nil:
		return &statusError{status: http.StatusForbidden, detail: phrase("This came from another site, and nothing was changed.")}
	}
	return to.handler(r.Method)(c, w, r)
}

// setSecurityHeaders sets what every answer carries, whatever it is. Data
// must stay in no cache; static files loosen that for themselves.
func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func (c *Console) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Console) location() *time.Location {
	if loc := c.Source.Location(); loc != nil {
		return loc
	}
	return time.UTC
}

func (c *Console) report(err error) {
	if c.Report != nil {
		c.Report(err)
	}
}

// Interface guard
var _ http.Handler = (*Console)(nil)
