// Package events serves the pages of the application log.
package events

import (
	"context"
	"embed"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Source is what the pages read.
type Source interface {
	view.EventLog
	// CountEvents counts the entries that match q, up to limit; more reports that
	// there are more than that. Limit and Cursor of q are ignored.
	CountEvents(ctx context.Context, q query.Events, limit int) (n int, more bool, err error)
	// Categories returns the categories of the log's entries.
	Categories(context.Context) ([]string, error)
	// Settings returns how long entries are kept.
	Settings(context.Context) (record.SettingsView, error)
}

// Pages answers a request for a page of the application log.
type Pages struct {
	*view.View
	Source Source
}

//go:embed templates
var files embed.FS

var (
	eventsTemplate = view.ParsePage(files, "templates/events.html", "templates/snippets.html")
	eventTemplate  = view.ParsePage(files, "templates/event.html", "templates/snippets.html")
)
