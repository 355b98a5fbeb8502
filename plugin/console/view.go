package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

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
	if v.Logout = c.Logout; v.Logout == "" && isBasic(r) {
		v.Logout = c.Base + "logout"
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
		{RoleApplication, locale.Text("Retention"), "settings"},
		{RoleSecurity, locale.Text("Overview"), "overview"},
		{RoleSecurity, locale.Text("Flags"), "flags"},
		{RoleSecurity, locale.Text("Server log"), "requests"},
		{RoleSecurity, locale.Text("Errors"), "errors"},
		{RoleSecurity, locale.Text("Incidents"), "incidents"},
		{RoleSecurity, locale.Text("Learned"), "learned"},
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
