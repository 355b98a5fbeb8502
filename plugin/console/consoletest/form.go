package consoletest

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	inputs     = regexp.MustCompile(`<input ([^>]*)>`)
	attributes = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// Form reads the fields of the page's form that has a text in it, as a browser would
// send them.
func Form(t *testing.T, page, text string) url.Values {
	t.Helper()
	for _, form := range strings.Split(page, "<form ")[1:] {
		form, _, _ = strings.Cut(form, "</form>")
		if !strings.Contains(form, text) {
			continue
		}
		values := url.Values{}
		for _, input := range inputs.FindAllStringSubmatch(form, -1) {
			attrs := map[string]string{}
			for _, a := range attributes.FindAllStringSubmatch(input[1], -1) {
				attrs[a[1]] = html.UnescapeString(a[2])
			}
			values.Add(attrs["name"], attrs["value"])
		}
		return values
	}
	t.Fatalf("no form has %q: %s", text, page)
	return nil
}
