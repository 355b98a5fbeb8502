// Package settings serves the page with the settings of the application log, and
// takes its forms.
package settings

import (
	"context"
	"embed"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
)

// Source is what the page reads and changes.
type Source interface {
	audit.AuditedSettings
	// Categories returns the categories of the log's entries.
	Categories(context.Context) ([]string, error)
}

// Pages answers a request for a page of the settings.
type Pages struct {
	*view.View
	Source Source
}

//go:embed templates
var files embed.FS

var (
	settingsTemplate = view.ParsePage(files, "templates/parts.html", "templates/settings.html")
	previewTemplate  = view.ParsePage(files, "templates/parts.html", "templates/preview.html")
)
