package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"

	"github.com/gatebook/gatebook/plugin/console/locale"
)

//go:embed templates
var templateFiles embed.FS

// page is a template in each language.
type page map[*locale.Locale]*template.Template

// parsePage parses a page of files: its own templates, of which one is "main", within
// the layout and with the parts that pages share.
func parsePage(files fs.FS, names ...string) page {
	p := make(page, len(locale.All))
	for _, l := range locale.All {
		t := template.New("layout.html").Funcs(template.FuncMap{"translate": l.Translate})
		t = template.Must(t.ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/filter.html"))
		p[l] = template.Must(t.ParseFS(files, names...))
	}
	return p
}

var errorTemplate = parsePage(templateFiles, "templates/error.html")

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
		Title: title, Instance: v.Instance, Base: v.Base, Nav: slices.Clone(v.Nav),
		Language: v.Locale, Languages: locale.All, Here: v.Here,
	}
	for i := range l.Nav {
		l.Nav[i].Current = l.Nav[i].Href == v.Base+current
	}
	return l
}

func (v *view) render(w http.ResponseWriter, status int, p page, data any) error {
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
	locale.Text("Bad Request"), locale.Text("Forbidden"), locale.Text("Not Found"), locale.Text("Method Not Allowed"), locale.Text("Internal Server Error"),
}
