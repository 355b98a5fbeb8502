package console

import (
	"net/http"

	"github.com/gatebook/gatebook/plugin/console/api"
	"github.com/gatebook/gatebook/plugin/console/events"
	"github.com/gatebook/gatebook/plugin/console/security"
	"github.com/gatebook/gatebook/plugin/console/settings"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record/banlist"
)

// home shows a role what it came for.
func home(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
	if c.has(RoleApplication) {
		return (&events.Pages{View: v, Source: c.Source}).List(w, r)
	}
	// Not http.Redirect, which would take the address for one relative to a
	// path that was stripped.
	w.Header().Set("Location", v.Base+"overview")
	w.WriteHeader(http.StatusFound)
	return nil
}

// answer is a method of a room's type that answers a request.
type answer[Room any] func(Room, http.ResponseWriter, *http.Request) error

func onEvents(to answer[*events.Pages]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&events.Pages{View: v, Source: c.Source}, w, r)
	}
}

func onSecurity(to answer[*security.Pages]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&security.Pages{View: v, Source: c.Source}, w, r)
	}
}

func onSettings(to answer[*settings.Pages]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&settings.Pages{View: v, Source: c.Source}, w, r)
	}
}

func onAPI(to answer[*api.API]) handler {
	return func(c *Console, v *view.View, w http.ResponseWriter, r *http.Request) error {
		return to(&api.API{View: v, Source: c.Source}, w, r)
	}
}

func onView(to answer[*view.View]) handler {
	return func(_ *Console, v *view.View, w http.ResponseWriter, r *http.Request) error { return to(v, w, r) }
}

// pageRoutes are the paths of the pages and static files; the first is that of the
// mount point.
var pageRoutes = withStaticFiles(map[string]route{
	"":         {role: anyRole, read: home},
	"logout":   {role: anyRole, read: logout},
	"language": {role: anyRole, change: map[string]handler{http.MethodPost: onView((*view.View).ChooseLanguage)}},
	eventRoute: {role: RoleApplication, read: onEvents((*events.Pages).Entry)},
	"settings": {role: RoleApplication, read: onSettings((*settings.Pages).Show), change: map[string]handler{http.MethodPost: onSettings((*settings.Pages).Post)}},

	"overview":   {role: RoleSecurity, read: onSecurity((*security.Pages).Overview)},
	"flags":      {role: RoleSecurity, read: onSecurity((*security.Pages).Flags)},
	flagRoute:    {role: RoleSecurity, read: onSecurity((*security.Pages).Flag)},
	addressRoute: {role: RoleSecurity, read: onSecurity((*security.Pages).Address)},
	"decide":     {role: RoleSecurity, change: map[string]handler{http.MethodPost: onSecurity((*security.Pages).Decide)}},
	"undo":       {role: RoleSecurity, change: map[string]handler{http.MethodPost: onSecurity((*security.Pages).Undo)}},
	"requests":   {role: RoleSecurity, read: onSecurity((*security.Pages).Requests)},
	"errors":     {role: RoleSecurity, read: onSecurity((*security.Pages).Errors)},
	"incidents":  {role: RoleSecurity, read: onSecurity((*security.Pages).Incidents)},
	"learned":    {role: RoleSecurity, read: onSecurity((*security.Pages).Learned), change: map[string]handler{http.MethodPost: onSecurity((*security.Pages).CorrectLearned)}},
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
	"health":           {role: anyRole, read: onAPI((*api.API).Health)},
	"events":           {role: RoleApplication, read: onAPI((*api.API).Events)},
	eventRoute:         {role: RoleApplication, read: onAPI((*api.API).Event)},
	"events.csv":       {role: RoleApplication, read: onAPI((*api.API).EventsCSV)},
	"events.ndjson":    {role: RoleApplication, read: onAPI((*api.API).EventsNDJSON)},
	"events/live":      {role: RoleApplication, read: onAPI((*api.API).LiveEvents)},
	"settings":         {role: RoleApplication, read: onAPI((*api.API).Settings), change: map[string]handler{http.MethodPut: onAPI((*api.API).ChangeSettings)}},
	"settings/pending": {role: RoleApplication, change: map[string]handler{http.MethodDelete: onAPI((*api.API).TakeBack)}},
	"requests":         {role: RoleSecurity, read: onAPI((*api.API).Requests)},
	"requests.csv":     {role: RoleSecurity, read: onAPI((*api.API).RequestsCSV)},
	"requests.ndjson":  {role: RoleSecurity, read: onAPI((*api.API).RequestsNDJSON)},
	"requests/live":    {role: RoleSecurity, read: onAPI((*api.API).LiveRequests)},
	"requests/summary": {role: RoleSecurity, read: onAPI((*api.API).Summary)},
	"errors":           {role: RoleSecurity, read: onAPI((*api.API).Errors)},
	"flags":            {role: RoleSecurity, read: onAPI((*api.API).Flags)},
	flagRoute:          {role: RoleSecurity, read: onAPI((*api.API).Flag), change: map[string]handler{http.MethodPost: onAPI((*api.API).DecideFlag)}},
	"decisions":        {role: RoleSecurity, change: map[string]handler{http.MethodPost: onAPI((*api.API).Decide)}},
	"learned":          {role: RoleSecurity, read: onAPI((*api.API).Learned), change: map[string]handler{http.MethodPost: onAPI((*api.API).Correct)}},
	"learned/undo":     {role: RoleSecurity, change: map[string]handler{http.MethodPost: onAPI((*api.API).UndoCorrection)}},
	"bans.txt":         {role: RoleSecurity, read: onAPI(api.Bans(banlist.Text))},
	"bans.json":        {role: RoleSecurity, read: onAPI(api.Bans(banlist.JSON))},
	"bans.csv":         {role: RoleSecurity, read: onAPI(api.Bans(banlist.CSV))},
	"bans.nft":         {role: RoleSecurity, read: onAPI(api.Bans(banlist.NFT))},
	"bans.ipset":       {role: RoleSecurity, read: onAPI(api.Bans(banlist.IPSet))},
	"bans.caddy":       {role: RoleSecurity, read: onAPI(api.Bans(banlist.Caddy))},
	"bans.nginx":       {role: RoleSecurity, read: onAPI(api.Bans(banlist.Nginx))},
	"bans.crowdsec":    {role: RoleSecurity, read: onAPI(api.Bans(banlist.CrowdSec))},
}
