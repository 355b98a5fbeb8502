package console

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

var verb = regexp.MustCompile(`%(\[\d+\])?[.\d]*[a-z]`)

// TestTexts: every text has its German, with the same verbs, and no German is
// left over.
func TestTexts(t *testing.T) {
	used := map[string]bool{}
	for code := range record.Codes() {
		used[code.Text()] = strings.ContainsFunc(verb.ReplaceAllString(code.Text(), ""), unicode.IsLetter)
	}
	delete(used, record.Undecidable.Text()) // the text is the argument
	for _, text := range append(textsInCode(t), textsInTemplates(t)...) {
		if strings.ContainsFunc(verb.ReplaceAllString(text, ""), unicode.IsLetter) {
			used[text] = true
		}
	}
	for _, text := range slices.Sorted(maps.Keys(used)) {
		said, ok := locale.German.Texts[text]
		if !ok {
			t.Errorf("no German for\n\t%q: %q,", text, "")
		}
		want, got := verb.FindAllString(text, -1), verb.FindAllString(said, -1)
		slices.Sort(want)
		slices.Sort(got)
		if ok && !slices.Equal(want, got) {
			t.Errorf("%q has %v, %q has %v", text, want, said, got)
		}
	}
	for text := range locale.German.Texts {
		if !used[text] {
			t.Errorf("nobody says %q", text)
		}
	}
}

func textsInCode(t *testing.T) (texts []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	inLocale, err := filepath.Glob("locale/*.go")
	if err != nil || len(inLocale) == 0 {
		t.Fatal(inLocale, err)
	}
	for _, name := range append(files, inLocale...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, textsIn(t, file)...)
	}
	return texts
}

func textsIn(t *testing.T, file *ast.File) (texts []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if literal, ok := call.Args[0].(*ast.BasicLit); ok && (name == "translate" || name == "Translate" || name == "Text") {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
		return true
	})
	return texts
}

// TestNothingUnsaid: no word stands in a template as it is, but those that are
// the same in all languages.
func TestNothingUnsaid(t *testing.T) {
	same := regexp.MustCompile(`Gatebook|CSV|NDJSON|&\w+;|PHP|Python|JavaScript|Ruby|Go|Java|C#`)
	code := regexp.MustCompile(`(?s)<pre\b.*?</pre>|<code\b.*?</code>|<kbd\b.*?</kbd>`)
	heard := regexp.MustCompile(`(?:title|placeholder|aria-label|alt|data-label)="[^"{]*`)
	tag := regexp.MustCompile(`(?s)<[^>]*>`)
	eachTemplate(t, func(name, source string) {
		text := code.ReplaceAllString(source, "")
		text = regexp.MustCompile(`(?s)\{\{.*?\}\}`).ReplaceAllString(text, "")
		for _, attribute := range heard.FindAllString(text, -1) {
			if _, value, _ := strings.Cut(attribute, `"`); strings.ContainsFunc(value, unicode.IsLetter) {
				t.Errorf("%s: %s", name, attribute)
			}
		}
		for line := range strings.SplitSeq(tag.ReplaceAllString(text, ""), "\n") {
			if strings.ContainsFunc(same.ReplaceAllString(line, ""), unicode.IsLetter) {
				t.Errorf("%s: %q is not said", name, line)
			}
		}
	})
}

func textsInTemplates(t *testing.T) (texts []string) {
	eachTemplate(t, func(_, source string) {
		for _, m := range regexp.MustCompile(`\btranslate ("(?:[^"\\]|\\.)*")`).FindAllStringSubmatch(source, -1) {
			text, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
	})
	return texts
}

func eachTemplate(t *testing.T, see func(name, source string)) {
	names, err := fs.Glob(templateFiles, "templates/*")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		source, err := templateFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		see(name, string(source))
	}
}

// TestReasonsAreKnown: what a page says of a wrong parameter is said in German.
func TestReasonsAreKnown(t *testing.T) {
	v := &view{Locale: locale.German}
	check := func(what string, err error) {
		var invalid *record.ParamError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
		} else if said := v.reasonText(invalid.Reason); said == invalid.Reason.Error() {
			t.Errorf("%s: %q is said in English", what, said)
		}
	}
	for _, text := range []string{
		"colour=red", "q=a&q=b", "limit=0", "outcome=x", "type=a+b", "category=No", "from=x", "from=2026-02-01&to=2026-01-01", "q=" + strings.Repeat("a", record.MaxText+1),
		"q=person:x", "q=type:", `q="`, "q=-after:7d", "q=after:x", "q=category:No", "q=type:$", "q=outcome:x", "q=" + strings.Repeat("a+", 40),
	} {
		values, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = query.ParseEvents(values, time.Now(), time.UTC)
		check(text, err)
	}
	for _, text := range []string{"ip=x", "status=x", "asn=x", "verdict=x", "q=-a", "q=a+b", "q=ip:::1+ip:::2", "q=verdict:x"} {
		values, _ := url.ParseQuery(text)
		_, err := query.ParseRequests(values, time.Now(), time.UTC)
		check(text, err)
	}
	for _, settings := range []record.LogSettings{
		{}, {RetentionDays: 1, Timezone: "Nowhere"}, {RetentionDays: 1, RetentionDaysByCategory: map[string]int{"No": 1}},
	} {
		check(fmt.Sprint(settings), settings.Validate())
	}
	check("cursor", query.BadCursor("x"))
	check("limit", refuse(url.Values{"limit": {"1"}}, record.NotOfPage, "limit"))
	if said := v.reasonText(record.Undecidable.With("100%d of it")); said != "100%d of it" {
		t.Errorf("a reason with a text of its own became %q", said)
	}
}

// TestChooseLanguage: a form of the console's own changes the language, and leads
// nowhere else.
func TestChooseLanguage(t *testing.T) {
	for _, test := range []struct {
		form, site string
		status     int
		back       string
	}{
		{"language=de&back=%2Flogs%2F%3Fq%3Da", "same-origin", 303, "/logs/?q=a"},
		{"language=en&back=https%3A%2F%2Fevil.example%2F", "same-origin", 303, "/logs/"},
		{"language=en&back=%2F%2Fevil.example%2F", "same-origin", 303, "/logs/"},
		{"language=en&back=%2Fdashboard", "same-origin", 303, "/logs/"},
		{"language=de", "cross-site", 403, ""},
		{"language=fr", "same-origin", 400, ""},
		{"%zz", "same-origin", 400, ""},
	} {
		c := &Console{Source: nobodys{}, Roles: []Role{RoleApplication}, Base: "/logs/"}
		r := httptest.NewRequest("POST", "/language", strings.NewReader(test.form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", test.site)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		cookie := w.Header().Get("Set-Cookie")
		if w.Code != test.status || w.Header().Get("Location") != test.back || (w.Code == http.StatusSeeOther) != (cookie != "") {
			t.Errorf("%+v: %d %v", test, w.Code, w.Header())
		}
		if cookie != "" && !(strings.Contains(cookie, "SameSite=Strict") && strings.Contains(cookie, "Path=/logs/") && strings.Contains(cookie, "HttpOnly")) {
			t.Errorf("%+v: cookie %s", test, cookie)
		}
		if _, err := url.Parse(w.Header().Get("Location")); err != nil {
			t.Error(err)
		}
	}
}

// nobodys is a source of which only the name is asked.
type nobodys struct{ Source }

func (nobodys) Instance() string         { return "acme" }
func (nobodys) Location() *time.Location { return time.UTC }
