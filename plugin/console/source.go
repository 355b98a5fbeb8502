package console

import (
	"context"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Source is one instance, as far as a console reads and changes it. Each part of
// a console asks for the methods that it calls.
type Source interface {
	Instance() string
	// Location is the time zone of the instance's users; nil means UTC.
	Location() *time.Location
	Health() record.Health

	eventSource
	securitySource
	settingsSource
	apiSource
}

// auditLog takes audit entries.
type auditLog interface {
	// Note writes an entry of the category gatebook, which is on the disk when
	// Note returns. Id, times, category and transport are filled in.
	Note(context.Context, record.Event) error
}

// decider takes decisions.
type decider interface {
	// Decide makes a decision; it is on the disk, and in force, when Decide
	// returns. An invalid subject or time is a *record.ParamError; an error
	// that wraps record.ErrNotStoredYet reports that the decision is in force
	// all the same.
	Decide(context.Context, record.DecisionRequest) (record.Flag, error)
}

// settingsStore holds the settings of the application log. An invalid setting is a
// *record.ParamError.
type settingsStore interface {
	Settings(context.Context) (record.SettingsView, error)
	// PreviewSettings returns what a change would do.
	PreviewSettings(ctx context.Context, want record.LogSettings) (record.SettingsView, error)
	// ChangeSettings makes a change; by is its author.
	ChangeSettings(ctx context.Context, want record.LogSettings, by string) (record.SettingsView, error)
}

// auditedSettings are settings whose changes leave audit entries.
type auditedSettings interface {
	settingsStore
	auditLog
}

// eventSource is what pages of the application log read.
type eventSource interface {
	view.EventLog
	// CountEvents counts the entries that match q, up to limit; more reports that
	// there are more than that. Limit and Cursor of q are ignored.
	CountEvents(ctx context.Context, q query.Events, limit int) (n int, more bool, err error)
	// Categories returns the categories of the log's entries.
	Categories(context.Context) ([]string, error)
	// Settings returns how long entries are kept.
	Settings(context.Context) (record.SettingsView, error)
}

// eventPages answers a request for a page of the application log.
type eventPages struct {
	*view.View
	Source eventSource
}

var (
	eventsTemplate = view.ParsePage(view.Files, "templates/events.html", "templates/snippets.html")
	eventTemplate  = view.ParsePage(view.Files, "templates/event.html", "templates/snippets.html")
)

// securitySource is what pages for security staff read and change.
type securitySource interface {
	view.RequestLog
	view.ReviewQueue
	decider
	auditLog
	// Enforces reports whether bans and throttles are enforced.
	Enforces() bool
}

// securityPages answers a request for a page for security staff.
type securityPages struct {
	*view.View
	Source securitySource
}

var (
	overviewTemplate  = parseSecurityPage("overview")
	requestsTemplate  = parseSecurityPage("requests")
	errorsTemplate    = parseSecurityPage("errors")
	incidentsTemplate = parseSecurityPage("incidents")
	flagsTemplate     = parseSecurityPage("flags")
	flagTemplate      = parseSecurityPage("flag")
	decideTemplate    = parseSecurityPage("decide")
)

func parseSecurityPage(name string) view.Page {
	return view.ParsePage(view.Files, "templates/chart.html", "templates/security.html", "templates/"+name+".html")
}

// settingsSource is what the page of the settings reads and changes.
type settingsSource interface {
	auditedSettings
	// Categories returns the categories of the log's entries.
	Categories(context.Context) ([]string, error)
}

// settingsPages answers a request for a page of the settings.
type settingsPages struct {
	*view.View
	Source settingsSource
}

var (
	settingsTemplate = view.ParsePage(view.Files, "templates/settings_parts.html", "templates/settings.html")
	previewTemplate  = view.ParsePage(view.Files, "templates/settings_parts.html", "templates/settings_preview.html")
)

// apiSource is what the API reads and changes.
type apiSource interface {
	view.EventLog
	view.RequestLog
	view.ReviewQueue
	decider
	auditedSettings
	// FollowEvents yields the entries that are recorded from now on, until the
	// context ends, the source closes or the reader is too slow.
	FollowEvents(context.Context) <-chan record.Event
	// FollowRequests is like FollowEvents.
	FollowRequests(context.Context) <-chan record.Request
	// Spared are addresses that the configuration never refuses.
	Spared() []netip.Prefix
}

// jsonAPI answers a request to the API.
type jsonAPI struct {
	*view.View
	Source apiSource
}
