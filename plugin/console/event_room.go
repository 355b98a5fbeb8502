package console

import (
	"context"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

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
