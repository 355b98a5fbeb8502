// Package security serves the pages for security staff: the server log, its errors,
// and the flags of the abuse detection with the decisions about them.
package security

import (
	"embed"
	"time"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
)

// Source is what the pages read and change.
type Source interface {
	view.RequestLog
	view.ReviewQueue
	view.Knowledge
	audit.Decider
	audit.Corrector
	audit.Log
	// Enforces reports whether bans and throttles are enforced.
	Enforces() bool
	// FirstBan is how long a ban or a throttle lasts that has no length of its own.
	FirstBan() time.Duration
}

// Pages answers a request for a page for security staff.
type Pages struct {
	*view.View
	Source Source
}

//go:embed templates
var files embed.FS

var (
	overviewTemplate  = parsePage("overview")
	requestsTemplate  = parsePage("requests")
	errorsTemplate    = parsePage("errors")
	incidentsTemplate = parsePage("incidents")
	flagsTemplate     = parsePage("flags")
	flagTemplate      = parsePage("flag")
	decideTemplate    = parsePage("decide")
	learnedTemplate   = parsePage("learned")
)

func parsePage(name string) view.Page {
	return view.ParsePage(files, "templates/chart.html", "templates/parts.html", "templates/"+name+".html")
}
