package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// pageRoutes are the paths of the pages; the first is that of the mount point.
var pageRoutes = map[string]route{
	"":         {role: anyRole, read: (*view).home},
	"language": {role: anyRole, change: map[string]handler{http.MethodPost: (*view).chooseLanguage}},
	eventRoute: {role: RoleApplication, read: (*view).eventPage},
	"settings": {role: RoleApplication, read: (*view).settingsPage, change: map[string]handler{http.MethodPost: (*view).postSettings}},

	"overview":   {role: RoleSecurity, read: (*view).overviewPage},
	"flags":      {role: RoleSecurity, read: (*view).flagsPage},
	flagRoute:    {role: RoleSecurity, read: (*view).flagPage},
	addressRoute: {role: RoleSecurity, read: (*view).addressPage},
	"decide":     {role: RoleSecurity, change: map[string]handler{http.MethodPost: (*view).postDecision}},
	"undo":       {role: RoleSecurity, change: map[string]handler{http.MethodPost: (*view).postUndo}},
	"requests":   {role: RoleSecurity, read: (*view).requestsPage},
	"errors":     {role: RoleSecurity, read: (*view).errorsPage},
	"incidents":  {role: RoleSecurity, read: (*view).incidentsPage},
}

// home shows a role what it came for.
func (v *view) home(w http.ResponseWriter, r *http.Request) error {
	if slices.Contains(v.Roles, RoleApplication) {
		return v.eventsPage(w, r)
	}
	// Not http.Redirect, which would take the address for one relative to a
	// path that was stripped.
	w.Header().Set("Location", v.Base+"overview")
	w.WriteHeader(http.StatusFound)
	return nil
}

//go:embed templates
var templateFiles embed.FS

// The pages, each a layout with the parts that pages share.
var (
	eventsTemplate   = parsePage("events.html")
	eventTemplate    = parsePage("event.html")
	requestsTemplate = parsePage("requests.html")
	errorsTemplate   = parsePage("errors.html")
	errorTemplate    = parsePage("error.html")

	overviewTemplate  = parsePage("overview.html")
	flagsTemplate     = parsePage("flags.html")
	flagTemplate      = parsePage("flag.html")
	decideTemplate    = parsePage("decide.html")
	incidentsTemplate = parsePage("incidents.html")
	settingsTemplate  = parsePage("settings.html")
	previewTemplate   = parsePage("settings_preview.html")
)

// page is a template in each language.
type page map[*locale.Locale]*template.Template

func parsePage(name string) page {
	p := make(page, len(locale.All))
	for _, l := range locale.All {
		funcs := template.FuncMap{"translate": l.Translate}
		p[l] = template.Must(template.New("layout.html").Funcs(funcs).ParseFS(templateFiles,
			"templates/layout.html", "templates/parts.html", "templates/chart.html", "templates/security.html", "templates/snippets.html", "templates/"+name))
	}
	return p
}

// layout is what every page shows around its content.
type layout struct {
	Title, Instance, Base string
	Nav                   []link
	// Language is the page's, Languages are all that there are, and Here is the
	// page's address, to come back to in another one.
	Language  *locale.Locale
	Languages []*locale.Locale
	Here      string
	// Decides says that the page has the keys for decisions.
	Decides bool
}

// newLayout is that of a page with a title, in the reader's language; current is
// the path of its entry in the navigation.
func (v *view) newLayout(title, current string) layout {
	l := layout{
		Title: title, Instance: v.Source.Instance(), Base: v.Base,
		Language: v.locale, Languages: locale.All, Here: v.here,
	}
	if slices.Contains(v.Roles, RoleApplication) {
		l.Nav = append(l.Nav,
			link{v.translate("Application log"), v.Base, current == ""},
			link{v.translate("Deletion concept"), v.Base + "settings", current == "settings"})
	}
	if slices.Contains(v.Roles, RoleSecurity) {
		l.Nav = append(l.Nav,
			link{v.translate("Overview"), v.Base + "overview", current == "overview"},
			link{v.translate("Flags"), v.Base + "flags", current == "flags"},
			link{v.translate("Server log"), v.Base + "requests", current == "requests"},
			link{v.translate("Errors"), v.Base + "errors", current == "errors"},
			link{v.translate("Incidents"), v.Base + "incidents", current == "incidents"})
	}
	return l
}

func (v *view) render(w http.ResponseWriter, status int, p page, data any) error {
	var body bytes.Buffer
	if err := p[v.locale].Execute(&body, data); err != nil {
		return fmt.Errorf("rendering a page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body.Bytes())
	return nil
}

// titles are what error pages are headed with; see http.StatusText.
var _ = []string{
	translatable("Bad Request"), translatable("Forbidden"), translatable("Not Found"), translatable("Method Not Allowed"), translatable("Internal Server Error"),
}

func (v *view) writeErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r) {
		return
	}
	p := v.explain(err)
	page := struct {
		layout
		Detail string
	}{v.newLayout(v.translate(p.Title), "none"), display.Visible(p.Detail)}
	if err := v.render(w, p.Status, errorTemplate, page); err != nil {
		v.report(err)
		http.Error(w, p.Title, p.Status)
	}
}

// statusBar is the row above a list with the state of its log.
type statusBar struct {
	// Alarm describes the problem in a sentence.
	Alarm string
	Items []statusItem
}

type statusItem struct {
	Label, Text string
	When        moment
	// Tone is "", "ok", "warn" or "bad".
	Tone string
}

var stateTexts = map[record.State]string{
	record.StateOpening: translatable("opening"),
	record.StateOK:      translatable("ok"),
	record.StateDown:    translatable("down"),
}

func (v *view) stateItem(b *record.BookHealth) statusItem {
	tone := map[record.State]string{record.StateOK: "ok", record.StateDown: "bad"}[b.State]
	return statusItem{Label: v.translate("Store"), Text: v.translate(stateTexts[b.State]), Tone: tone}
}

// lossItem is a counter that should be zero. The label is in words already.
func (v *view) lossItem(label string, n uint64, tone string) statusItem {
	if n == 0 {
		tone = ""
	}
	return statusItem{Label: label, Text: v.translate("%d", n), Tone: tone}
}

func (v *view) newestItem(label string, b *record.BookHealth) statusItem {
	if b.Newest.IsZero() {
		return statusItem{Label: label, Text: v.translate("none yet")}
	}
	return statusItem{Label: label, When: newMoment(b.Newest, v.location())}
}

// alarm describes a log that is down or incomplete.
func (v *view) alarm(b *record.BookHealth) string {
	switch {
	case b.State == record.StateDown:
	case b.Damaged > 0:
		return v.translate("%d entries of this log were damaged on the disk; what is missing here may be in a backup.", b.Damaged)
	default:
		return ""
	}
	s := v.translate("This log cannot be written, and what is missing here may be lost.")
	if b.Error != "" {
		s += " " + v.translate("The reason: %s", display.Visible(b.Error))
	}
	return s
}
