package view

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record/display"
)

//go:embed templates
var files embed.FS

// Page is a template in each language.
type Page map[*locale.Locale]*template.Template

// ParsePage parses a page of files: its own templates, of which one is "main", within
// the layout and with the parts that pages share.
func ParsePage(own fs.FS, names ...string) Page {
	p := make(Page, len(locale.All))
	for _, l := range locale.All {
		t := template.New("layout.html").Funcs(template.FuncMap{"translate": l.Translate})
		t = template.Must(t.ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/filter.html"))
		p[l] = template.Must(t.ParseFS(own, names...))
	}
	return p
}

var errorTemplate = ParsePage(files, "templates/error.html")

// Layout is what every page shows around its content.
type Layout struct {
	Title, Instance, Base string
	Nav                   []Link
	// Language is the page's, Languages are all that there are, and Here is the
	// page's address, to come back to in another one.
	Language  *locale.Locale
	Languages []*locale.Locale
	Here      string
	// User is who is logged in, "" if that is unknown, and Logout leads out.
	User, Logout string
	// Decides says that the page has the keys for decisions.
	Decides bool
}

// NewLayout is that of a page with a title, in the reader's language; current is
// the path of its entry in the navigation.
func (v *View) NewLayout(title, current string) Layout {
	l := Layout{
		Title: title, Instance: v.Instance, Base: v.Base, Nav: slices.Clone(v.Nav),
		Language: v.Locale, Languages: locale.All, Here: v.Here,
		User: display.Visible(v.User), Logout: SafeHref(v.Logout),
	}
	for i := range l.Nav {
		l.Nav[i].Current = l.Nav[i].Href == v.Base+current
	}
	return l
}

// Render answers with a page in the user's language.
func (v *View) Render(w http.ResponseWriter, status int, p Page, data any) error {
	var body bytes.Buffer
	if err := p[v.Locale].Execute(&body, data); err != nil {
		return fmt.Errorf("rendering a page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body.Bytes())
	return nil
}

// titles are what error pages are headed with; see http.StatusText.
var _ = []string{
	locale.Text("Bad Request"), locale.Text("Unauthorized"), locale.Text("Forbidden"), locale.Text("Not Found"), locale.Text("Method Not Allowed"), locale.Text("Internal Server Error"),
}
