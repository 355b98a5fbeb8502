package view

import (
	"slices"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

// qualifiers are the display names of a search's qualifiers.
var qualifiers = map[string]string{
	"":          locale.Text("Text"),
	"category":  locale.Text("Category"),
	"initiator": locale.Text("Initiator"),
	"subject":   locale.Text("Subject"),
	"type":      locale.Text("Type"),
	"outcome":   locale.Text("Outcome"),
	"after":     locale.Text("After"),
	"before":    locale.Text("Before"),

	"ip":      locale.Text("IP address"),
	"status":  locale.Text("Status"),
	"method":  locale.Text("Method"),
	"path":    locale.Text("Path"),
	"browser": locale.Text("Browser"),
	"os":      locale.Text("System"),
	"country": locale.Text("Country"),
	"asn":     locale.Text("Network"),
	"user":    locale.Text("User"),
	"verdict": locale.Text("Verdict"),
}

// SearchKind says which qualifiers a search has; "" is a text without any.
type SearchKind string

const (
	EventSearch   SearchKind = "events"
	RequestSearch SearchKind = "requests"
)

func (k SearchKind) terms(search string) ([]query.Term, error) {
	if k == RequestSearch {
		return query.ParseRequestTerms(search)
	}
	return query.ParseEventTerms(search)
}

// period is how far back a page looks: as usual, unless the search says itself
// when something was.
func (k SearchKind) period(search, usual string) string {
	terms, err := k.terms(search)
	if err == nil && slices.ContainsFunc(terms, func(t query.Term) bool { return t.Qualifier == "after" || t.Qualifier == "before" }) {
		return ""
	}
	return usual
}

// addTermChips adds a chip for each term of the search; none for one that cannot
// be read.
func (v *View) addTermChips(f *Filter, kind SearchKind) {
	terms, err := kind.terms(f.Given.Get("q"))
	if err != nil {
		return
	}
	for i, t := range terms {
		values := f.FirstPage()
		if rest := slices.Delete(slices.Clone(terms), i, i+1); len(rest) > 0 {
			values.Set("q", joinTerms(rest))
		} else {
			values.Del("q")
		}
		f.Chips = append(f.Chips, chip{v.termLabel(t), display.Visible(v.termValue(t)), f.Address(values)})
	}
}

func joinTerms(terms []query.Term) string {
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = t.String()
	}
	return strings.Join(texts, " ")
}

func (v *View) termLabel(t query.Term) string {
	label := v.Translate(qualifiers[t.Qualifier])
	switch {
	case !t.Not:
		return label
	case t.Qualifier == "":
		return v.Translate("Without")
	}
	return v.Translate("%s is not", label)
}

func (v *View) termValue(t query.Term) string {
	switch t.Qualifier {
	case "category":
		return v.Category(t.Value)
	case "outcome":
		return v.Outcome(t.Value)
	case "verdict":
		if text, known := VerdictTexts[record.Verdict(t.Value)]; known {
			return v.Translate(text)
		}
	}
	return t.Value
}
