package security

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

type errorsPage struct {
	view.ListPage
	Chart *chart
	Rows  []errorRow
}

// Errors shows the failed requests in groups.
func (v *Pages) Errors(w http.ResponseWriter, r *http.Request) error {
	log := v.Health().ServerLog
	given, err := view.ListQuery(r)
	if err != nil {
		return err
	}
	found, start, err := view.StartList(r.Context(), v.View, given, view.Listing{Title: locale.Text("Errors"), Path: "errors", Fields: errorFields, Period: view.FirstPeriod}, v.findFailures)
	if err != nil {
		return fmt.Errorf("listing errors: %w", err)
	}
	page := errorsPage{ListPage: start}
	page.StatusBar = v.requestStatusBar(log)
	if page.Filter.Error != "" {
		return v.Render(w, http.StatusBadRequest, errorsTemplate, page)
	}
	n := len(found.groups)
	page.List = v.NewList(&page.Filter, log, n, "", v.Locale.Count(n, locale.Text("%d error"), locale.Text("%d different errors")))
	if n == record.MaxFailureGroups {
		page.Status = v.Translate("%s, those that came last; choose a shorter time to see others", page.Status)
	}
	for _, g := range found.groups {
		page.Rows = append(page.Rows, v.newErrorRow(&g, &page.Filter))
	}
	if q := found.query; q.Integration == "" { // which no count of requests knows
		failed := query.Requests{From: q.From, To: q.To, Failed: true}
		if page.Chart, _, err = v.requestChart(r.Context(), &page.Filter, v.Translate("Requests that failed"), failed); err != nil {
			return err
		}
	}
	return v.Render(w, http.StatusOK, errorsTemplate, page)
}

// foundFailures are failed requests in groups.
type foundFailures struct {
	query  query.Failures
	groups []record.FailureGroup
}

func (v *Pages) findFailures(ctx context.Context, params url.Values) (found foundFailures, err error) {
	if found.query, err = query.ParseFailures(params, v.Now, v.Location); err != nil {
		return found, err
	}
	found.groups, err = v.Source.Failures(ctx, found.query)
	return found, err
}

var errorFields = []view.Field{
	{Name: "integration", Label: locale.Text("Integration"), Hint: locale.Text("Whole name, such as Microsoft 365")},
}

// sources are the names of a failure's sources.
var sources = map[string]string{
	record.SourceGate: locale.Text("Gate"),
	record.SourceApp:  locale.Text("Application"),
}

// errorRow is a row of one group of failed requests.
type errorRow struct {
	Count       string
	First, Last view.Moment
	Source      string
	Type        string
	Message     foldable
	Where       string
	Integration string
	Route       foldable
	// Requests are the group's in the server log.
	Requests string
	Example  example
}

func (v *Pages) newErrorRow(g *record.FailureGroup, f *view.Filter) errorRow {
	row := errorRow{
		Count:       v.Translate("%d", g.Count),
		First:       view.NewMoment(g.First, v.Location),
		Last:        view.NewMoment(g.Last, v.Location),
		Source:      v.Translate(sources[g.Source]),
		Type:        display.Visible(g.Type),
		Where:       display.Visible(g.Where),
		Integration: display.Visible(g.Integration),
		Route:       newFoldable(g.Route, 60),
		Requests:    v.requestsLike(g, f),
		Example:     v.newExample(&g.Example),
	}
	if e := g.Example.Error; e != nil {
		row.Message = newFoldable(e.Message, 120)
	}
	return row
}

// requestsLike is the address of the server log with the requests to the
// group's route, in the page's period, that were answered as the example was.
func (v *Pages) requestsLike(g *record.FailureGroup, f *view.Filter) string {
	method, path, _ := strings.Cut(g.Route, " ")
	if cut := record.Cut(path, maxShown); len(cut) < len(path) {
		path = cut + "*"
	}
	values := url.Values{"method": {method}, "path": {path}}
	if g.Example.Status > 0 {
		values.Set("status", strconv.Itoa(g.Example.Status))
	}
	f.CopyPeriod(values)
	return v.Base + "requests?" + values.Encode()
}
