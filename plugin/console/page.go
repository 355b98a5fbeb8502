package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// pageRoutes are the paths of the pages; the first is that of the mount point.
var pageRoutes = map[string]route{
	"":         {role: anyRole, read: (*Console).home},
	"language": {role: anyRole, change: map[string]handler{http.MethodPost: (*Console).chooseLanguage}},
	eventRoute: {role: RoleApplication, read: (*Console).eventPage},
	"settings": {role: RoleApplication, read: (*Console).settingsPage, change: map[string]handler{http.MethodPost: (*Console).postSettings}},

	"overview":   {role: RoleSecurity, read: (*Console).overviewPage},
	"flags":      {role: RoleSecurity, read: (*Console).flagsPage},
	flagRoute:    {role: RoleSecurity, read: (*Console).flagPage},
	addressRoute: {role: RoleSecurity, read: (*Console).addressPage},
	"decide":     {role: RoleSecurity, change: map[string]handler{http.MethodPost: (*Console).postDecision}},
	"undo":       {role: RoleSecurity, change: map[string]handler{http.MethodPost: (*Console).postUndo}},
	"requests":   {role: RoleSecurity, read: (*Console).requestsPage},
	"errors":     {role: RoleSecurity, read: (*Console).errorsPage},
	"incidents":  {role: RoleSecurity, read: (*Console).incidentsPage},
}

// home shows a role what it came for.
func (c *Console) home(w http.ResponseWriter, r *http.Request) error {
	if slices.Contains(c.Roles, RoleApplication) {
		return c.eventsPage(w, r)
	}
	// Not http.Redirect, which would take the address for one relative to a
	// path that was stripped.
	w.Header().Set("Location", c.Base+"overview")
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
type page map[*locale]*template.Template

func parsePage(name string) page {
	p := make(page, len(locales))
	for _, l := range locales {
		funcs := template.FuncMap{"say": l.say}
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
	Language  *locale
	Languages []*locale
	Here      string
	// Decides says that the page has the keys for decisions.
	Decides bool
}

// newLayout is that of a page with a title, in the reader's language; current is
// the path of its entry in the navigation.
func (c *Console) newLayout(title, current string) layout {
	l := layout{
		Title: title, Instance: c.Source.Instance(), Base: c.Base,
		Language: c.speaks(), Languages: locales, Here: c.here,
	}
	if slices.Contains(c.Roles, RoleApplication) {
		l.Nav = append(l.Nav,
			link{c.say("Application log"), c.Base, current == ""},
			link{c.say("Deletion concept"), c.Base + "settings", current == "settings"})
	}
	if slices.Contains(c.Roles, RoleSecurity) {
		l.Nav = append(l.Nav,
			link{c.say("Overview"), c.Base + "overview", current == "overview"},
			link{c.say("Flags"), c.Base + "flags", current == "flags"},
			link{c.say("Server log"), c.Base + "requests", current == "requests"},
			link{c.say("Errors"), c.Base + "errors", current == "errors"},
			link{c.say("Incidents"), c.Base + "incidents", current == "incidents"})
	}
	return l
}

func (c *Console) render(w http.ResponseWriter, status int, p page, data any) error {
	var body bytes.Buffer
	if err := p[c.speaks()].Execute(&body, data); err != nil {
		return fmt.Errorf("rendering a page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body.Bytes())
	return nil
}

// titles are what error pages are headed with; see http.StatusText.
var _ = []string{
	phrase("Bad Request"), phrase("Forbidden"), phrase("Not Found"), phrase("Method Not Allowed"), phrase("Internal Server Error"),
}

func (c *Console) writeErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r) {
		return
	}
	p := c.explain(err)
	page := struct {
		layout
		Detail string
	}{c.newLayout(c.say(p.Title), "none"), display.Visible(p.Detail)}
	if err := c.render(w, p.Status, errorTemplate, page); err != nil {
		c.report(err)
		http.Error(w, p.Title, p.Status)
	}
}

// strip is the row above a list that tells how its book is.
type strip struct {
	// Alarm is what is wrong, in a sentence.
	Alarm string
	Items []stripItem
}

type stripItem struct {
	Label, Text string
	When        moment
	// Tone is "", "ok", "warn" or "bad".
	Tone string
}

var stateTexts = map[record.State]string{
	record.StateOpening: phrase("opening"),
	record.StateOK:      phrase("ok"),
	record.StateDown:    phrase("down"),
}

func (c *Console) stateItem(b *record.BookHealth) stripItem {
	tone := map[record.State]string{record.StateOK: "ok", record.StateDown: "bad"}[b.State]
	return stripItem{Label: c.say("Store"), Text: c.say(stateTexts[b.State]), Tone: tone}
}

// lossItem is a counter that should be zero. The label is in words already.
func (c *Console) lossItem(label string, n uint64, tone string) stripItem {
	if n == 0 {
		tone = ""
	}
	return stripItem{Label: label, Text: c.say("%d", n), Tone: tone}
}

func (c *Console) newestItem(label string, b *record.BookHealth) stripItem {
	if b.Newest.IsZero() {
		return stripItem{Label: label, Text: c.say("none yet")}
	}
	return stripItem{Label: label, When: newMoment(b.Newest, c.location())}
}

// alarm says in words that a book is down, or not whole.
func (c *Console) alarm(b *record.BookHealth) string {
	switch {
	case b.State == record.StateDown:
	case b.Damaged > 0:
		return c.say("%d entries of this log were damaged on the disk; what is missing here may be in a backup.", b.Damaged)
	default:
		return ""
	}
	s := c.say("This log cannot be written, and what is missing here may be lost.")
	if b.Error != "" {
		s += " " + c.say("The reason: %s", display.Visible(b.Error))
	}
	return s
}
