package query

import (
	"errors"
	"net/url"
	"slices"

	"github.com/gatebook/gatebook/record"
)

// RequestQualifiers are those that a search for requests understands.
var RequestQualifiers = []string{
	"ip", "status", "method", "path", "browser", "os", "country", "asn", "user", "verdict", "after", "before",
}

// ParseRequestTerms takes a search for requests apart. The error is a [*record.ParamError].
func ParseRequestTerms(search string) ([]Term, error) {
	return searchTerms(search, RequestQualifiers...)
}

// requestSearch adds what q asks for to the other parameters. The server log
// keeps one value of a kind and one text, so that a search that asks for more is
// an error, and never half of an answer.
func (p *params) requestSearch() {
	terms, err := ParseRequestTerms(p.text("q"))
	if p.err == nil {
		p.err = err
	}
	p.values = cloneValues(p.values)
	p.values.Del("q")
	for _, t := range terms {
		name := t.Qualifier
		if name == "" {
			name = "q"
		}
		switch {
		case t.Not:
			p.fail("q", t.String(), record.NegatedTerm)
		case name == "after" || name == "before":
			// Read with the other times.
		case !p.values.Has(name) || p.values.Get(name) == "":
			p.values.Set(name, t.Value)
			p.searched = append(p.searched, name)
		case p.values.Get(name) == t.Value:
		case name == "q":
			p.fail("q", t.Value, record.SecondText)
		default:
			p.fail("q", t.String(), record.SecondValue, name)
		}
	}
	p.terms = terms
}

// searchTimes narrows the query's time: "after:" a day begins with it, "before:"
// a day ends with the one ahead of it.
func (p *params) searchTimes(q *Requests) {
	for _, t := range p.terms {
		if t.Not || t.Qualifier != "after" && t.Qualifier != "before" {
			continue
		}
		at, err := ParseTime(t.Value, p.now, p.loc, false)
		switch {
		case err != nil:
			p.fail("q", t.String(), record.NotTime)
		case t.Qualifier == "after" && at.After(q.From):
			q.From = at
		case t.Qualifier == "before" && (q.To.IsZero() || at.Before(q.To)):
			q.To = at
		}
	}
}

// blame makes a mistake in a value that came in the search box one of q's.
func (p *params) blame() {
	var wrong *record.ParamError
	if errors.As(p.err, &wrong) && wrong.Param != "q" && slices.Contains(p.searched, wrong.Param) {
		p.err = &record.ParamError{Param: "q", Value: wrong.Param + ":" + wrong.Value, Reason: wrong.Reason}
	}
}

func cloneValues(values url.Values) url.Values {
	c := make(url.Values, len(values))
	for name, all := range values {
		c[name] = slices.Clone(all)
	}
	return c
}
