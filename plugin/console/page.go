package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/gatebook/gatebook/record"
)

// pageRoutes are the paths of the pages; the first is that of the mount point.
var pageRoutes = map[string]route{
	"":         {anyRole, (*Console).home},
	eventRoute: {RoleApplication, (*Console).eventPage},
	"requests": {RoleSecurity, (*Console).requestsPage},
	"errors":   {RoleSecurity, (*Console).errorsPage},
}

// home shows a role what it came for.
func (c *Console) home(w http.ResponseWriter, r *http.Request) error {
	if slices.Contains(c.Roles, RoleApplication) {
		return c.eventsPage(w, r)
	}
	// Not http.Redirect, which would take the address for one relative to a
	// path that was stripped.
	w.Header().Set("Location", c.Base+"requests")
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
)

func parsePage(name string) *template.Template {
	return template.Must(template.New("layout.html").ParseFS(templateFiles,
		"templates/layout.html", "templates/parts.html", "templates/"+name))
}

// layout is what every page shows around its content.
type layout struct {
	Title, Instance, Base string
	Nav                   []link
	// Live says that the page's script is wanted.
	Live bool
}

func (c *Console) newLayout(title, current string) layout {
	l := layout{Title: title, Instance: c.Source.Instance(), Base: c.Base}
	if slices.Contains(c.Roles, RoleApplication) {
		l.Nav = append(l.Nav, link{"Application log", c.Base, current == ""})
	}
	if slices.Contains(c.Roles, RoleSecurity) {
		l.Nav = append(l.Nav,
			link{"Server log", c.Base + "requests", current == "requests"},
			link{"Errors", c.Base + "errors", current == "errors"})
	}
	return l
}

func render(w http.ResponseWriter, status int, page *template.Template, data any) error {
	var body bytes.Buffer
	if err := page.Execute(&body, data); err != nil {
		return fmt.Errorf("rendering a page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body.Bytes())
	return nil
}

func (c *Console) writeErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r) {
		return
	}
	p := c.explain(err)
	page := struct {
		layout
		Detail string
	}{c.newLayout(p.Title, "none"), record.Visible(p.Detail)}
	if err := render(w, p.Status, errorTemplate, page); err != nil {
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

func stateItem(b *record.BookHealth) stripItem {
	tone := map[record.State]string{record.StateOK: "ok", record.StateDown: "bad"}[b.State]
	return stripItem{Label: "Store", Text: string(b.State), Tone: tone}
}

// lossItem is a counter that should be zero.
func lossItem(label string, n uint64, tone string) stripItem {
	if n == 0 {
		tone = ""
	}
	return stripItem{Label: label, Text: fmt.Sprint(n), Tone: tone}
}

func (c *Console) newestItem(label string, b *record.BookHealth) stripItem {
	if b.Newest.IsZero() {
		return stripItem{Label: label, Text: "none yet"}
	}
	return stripItem{Label: label, When: newMoment(b.Newest, c.location())}
}

// alarm says in words that a book is down, or not whole.
func alarm(book string, b *record.BookHealth) string {
	switch {
	case b.State == record.StateDown:
	case b.Damaged > 0:
		return fmt.Sprintf("%d entries of the %s were damaged on the disk; what is missing here may be in a backup.", b.Damaged, book)
	default:
		return ""
	}
	s := "The " + book + " cannot be written, and what is missing here may be lost."
	if b.Error != "" {
		s += " The reason: " + record.Visible(b.Error)
	}
	return s
}
