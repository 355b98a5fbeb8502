package console

import (
	"context"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
)

// settingsSource is what the page of the settings reads and changes.
type settingsSource interface {
	audit.AuditedSettings
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
