package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
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
	below, err := filepath.Glob("*/*.go")
	if err != nil || len(below) == 0 {
		t.Fatal(below, err)
	}
	for _, name := range append(files, below...) {
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
	names, err := filepath.Glob("*/templates/*")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		see(name, string(source))
	}
}
