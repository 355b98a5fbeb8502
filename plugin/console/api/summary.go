package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// What follows answers the questions about many requests at once.

// Errors lists failed requests in groups.
func (v *API) Errors(w http.ResponseWriter, r *http.Request) error {
	groups, next, err := listOf(v, r, query.ParseFailures, v.allFailures, record.FailureGroup.In)
	if err != nil {
		return fmt.Errorf("listing errors: %w", err)
	}
	return writeJSON(w, struct {
		Errors []record.FailureGroup `json:"errors"`
		// Next is there as in every list, and empty: there is one page.
		Next string `json:"next"`
	}{groups, next})
}

// allFailures lists failures as a page after which there is no other.
func (v *API) allFailures(ctx context.Context, q query.Failures) ([]record.FailureGroup, string, error) {
	found, err := v.Source.Failures(ctx, q)
	return found, "", err
}

// Summary answers with numbers of requests over time, and rankings.
func (v *API) Summary(w http.ResponseWriter, r *http.Request) error {
	values, err := view.Query(r)
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
