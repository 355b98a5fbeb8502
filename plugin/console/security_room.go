package console

import (
	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
)

// securitySource is what pages for security staff read and change.
type securitySource interface {
	view.RequestLog
	view.ReviewQueue
	audit.Decider
	audit.Log
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
