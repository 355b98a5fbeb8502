package console

import (
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// What follows answers the questions about many requests at once.

func (v *jsonAPI) apiErrors(w http.ResponseWriter, r *http.Request) error {
	values, err := queryOf(r)
	if err != nil {
		return err
	}
	q, err := query.ParseFailures(values, v.Now, v.Location)
	if err != nil {
		return err
	}
	found, err := v.Source.Failures(r.Context(), q)
	if err != nil {
		return fmt.Errorf("listing errors: %w", err)
	}
	groups := make([]record.FailureGroup, len(found))
	for i, g := range found {
		groups[i] = g.In(v.Location)
	}
	return writeJSON(w, struct {
		Errors []record.FailureGroup `json:"errors"`
		// Next is there as in every list, and empty: there is one page.
		Next string `json:"next"`
	}{groups, ""})
}

func (v *jsonAPI) apiSummary(w http.ResponseWriter, r *http.Request) error {
	values, err := queryOf(r)
	if err != nil {
		return err
	}
	q, err := query.ParseSummary(values, v.Now, v.Location)
	if err != nil {
		return err
	}
	sum, err := v.Source.Summary(r.Context(), q)
	if err != nil {
		return fmt.Errorf("summing up requests: %w", err)
	}
	return writeJSON(w, neverNull(sum.In(v.Location)))
}

// neverNull makes lists of those that are nil, so that programs can go through
// them without asking first.
func neverNull(s record.Summary) record.Summary {
	if s.Steps == nil {
		s.Steps = []record.SummaryStep{}
	}
	for _, list := range []*[]record.Count{&s.Addresses, &s.Paths, &s.Browsers, &s.Countries, &s.Networks} {
		if *list == nil {
			*list = []record.Count{}
		}
	}
	return s
}
