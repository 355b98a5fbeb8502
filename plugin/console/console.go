// Package console serves what an instance's two logs hold: pages for people
// and JSON for programs. It reads from any [Source] and knows neither Caddy nor
// a store. It does not authenticate: its mount point does that first. It decides
// which role may open which path.
package console

import (
	"slices"

	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// Console is the configuration of one mount point, for one instance. Its fields
// must not change while it serves; a [view] answers each request.
type Console struct {
	Source Source
	// Roles are those of every user who gets this far. Without one, every path
	// is refused.
	Roles []Role
	// User is the user as the site authenticated them, or "" if it did not. It
	// is the author of exports and changes in audit entries.
	User string
	// Asker is the user's address as the site knows it; the zero Addr leaves it
	// to the connection. With it, the console warns users who would ban
	// themselves.
	Asker netip.Addr
	// Operator reports that the user runs the gate and could read its files as
	// well: reading leaves no audit entry, changes do.
	Operator bool
	// Base is the path under which the console is mounted, as the browser
	// sees it; it starts and ends with "/".
	Base string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Report takes errors whose cause users are not shown; nil discards them.
	Report func(error)
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
	v := c.newPageView(r)
	if err := c.serve(v, w, r, pageRoutes, path); err != nil {
		v.WriteErrorPage(w, r, err)
	}
}

// ServeAPI serves the API alone. The path is what follows "/api/v1/", such as
// "events/45886"; that of r is not looked at.
func (c *Console) ServeAPI(w http.ResponseWriter, r *http.Request, path string) {
	setSecurityHeaders(w.Header())
	v := c.newView(locale.English)
	if err := c.serve(v, w, r, apiRoutes, path); err != nil {
		v.WriteProblem(w, r, err)
	}
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

func (c *Console) newView(l *locale.Locale) *view.View {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	location := c.Source.Location()
	if location == nil {
		location = time.UTC
	}
	report := c.Report
	if report == nil {
		report = func(error) {}
	}
	return &view.View{
		Instance: c.Source.Instance(), Base: c.Base, Nav: c.navigation(l), Locale: l, Location: location, Now: now(),
		User: c.User, Asker: c.Asker, Operator: c.Operator, Health: c.health, Report: report,
	}
}

// newPageView is the view of a request for a page.
func (c *Console) newPageView(r *http.Request) *view.View {
	v := c.newView(locale.Of(r))
	v.Here = c.Base + strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if r.URL.RawQuery != "" {
		v.Here += "?" + r.URL.RawQuery
	}
	return v
}

// navigation leads to the pages of the roles.
func (c *Console) navigation(l *locale.Locale) (nav []view.Link) {
	for _, entry := range []struct {
		role       Role
		text, path string
	}{
		{RoleApplication, locale.Text("Application log"), ""},
		{RoleApplication, locale.Text("Deletion concept"), "settings"},
		{RoleSecurity, locale.Text("Overview"), "overview"},
		{RoleSecurity, locale.Text("Flags"), "flags"},
		{RoleSecurity, locale.Text("Server log"), "requests"},
		{RoleSecurity, locale.Text("Errors"), "errors"},
		{RoleSecurity, locale.Text("Incidents"), "incidents"},
	} {
		if c.has(entry.role) {
			nav = append(nav, view.Link{Text: l.Translate(entry.text), Href: c.Base + entry.path})
		}
	}
	return nav
}

// health is the instance's, without the logs that the roles may not read.
func (c *Console) health() record.Health {
	h := c.Source.Health()
	if !c.has(RoleApplication) {
		h.ApplicationLog = nil
	}
	if !c.has(RoleSecurity) {
		h.ServerLog = nil
	}
	return h
}

func (c *Console) has(role Role) bool { return slices.Contains(c.Roles, role) }

// Interface guard
var _ http.Handler = (*Console)(nil)
