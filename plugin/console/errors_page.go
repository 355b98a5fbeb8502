package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

type errorsPage struct {
	layout
	StatusBar statusBar
	Filter    filter
	list
	Chart *chart
	Rows  []errorRow
}

func (v *view) errorsPage(w http.ResponseWriter, r *http.Request) error {
	log := v.health().ServerLog
	given, err := queryOf(r)
	if err != nil {
		return err
	}
	found, params, invalid, err := answerTo(r.Context(), given, firstPeriod, v.findFailures)
	if err != nil {
		return fmt.Errorf("listing errors: %w", err)
	}
	f := v.newFilter(v.Base+"errors", given, params, errorFields, invalid)
	page := errorsPage{
		layout:    v.newLayout(v.translate("Errors"), "errors"),
		StatusBar: v.requestStatusBar(log),
		Filter:    f,
	}
	if invalid != nil {
		return v.render(w, http.StatusBadRequest, errorsTemplate, page)
	}
	n := len(found.groups)
	page.list = v.newList(&f, log, n, "", v.locale.Count(n, translatable("%d error"), translatable("%d different errors")))
	if n == record.MaxFailureGroups {
		page.Status = v.translate("%s, those that came last; choose a shorter time to see others", page.Status)
	}
	for _, g := range found.groups {
		page.Rows = append(page.Rows, v.newErrorRow(&g, &f))
	}
	if q := found.query; q.Integration == "" { // which no count of requests knows
		failed := query.Requests{From: q.From, To: q.To, Failed: true}
		if page.Chart, _, err = v.requestChart(r.Context(), &f, v.translate("Requests that failed"), failed); err != nil {
			return err
		}
	}
	return v.render(w, http.StatusOK, errorsTemplate, page)
}

// foundFailures are failed requests in groups.
type foundFailures struct {
	query  query.Failures
	groups []record.FailureGroup
}

func (v *view) findFailures(ctx context.Context, params url.Values) (found foundFailures, err error) {
	if found.query, err = query.ParseFailures(params, v.now, v.location()); err != nil {
		return found, err
	}
	found.groups, err = v.Source.Failures(ctx, found.query)
	return found, err
}

var errorFields = []field{
	{Name: "integration", Label: translatable("Integration"), Hint: translatable("Whole name, such as Microsoft 365")},
}

// sources are the names of a failure's sources.
var sources = map[string]string{
	record.SourceGate: translatable("Gate"),
	record.SourceApp:  translatable("Application"),
}

// errorRow is a row of one group of failed requests.
type errorRow struct {
	Count       string
	First, Last moment
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

// example is the latest request of a group.
type example struct {
	Facts []fact
	Trace string
}

func (v *view) newErrorRow(g *record.FailureGroup, f *filter) errorRow {
	row := errorRow{
		Count:       v.translate("%d", g.Count),
		First:       newMoment(g.First, v.location()),
		Last:        newMoment(g.Last, v.location()),
		Source:      v.translate(sources[g.Source]),
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
func (v *view) requestsLike(g *record.FailureGroup, f *filter) string {
	method, path, _ := strings.Cut(g.Route, " ")
	if cut := record.Cut(path, maxShown); len(cut) < len(path) {
		path = cut + "*"
	}
	values := url.Values{"method": {method}, "path": {path}}
	if g.Example.Status > 0 {
		values.Set("status", strconv.Itoa(g.Example.Status))
	}
	for _, name := range []string{"from", "to"} {
		if f.params.Has(name) {
			values[name] = f.params[name]
		}
	}
	return v.Base + "requests?" + values.Encode()
}

func (v *view) newExample(r *record.Request) example {
	browser := r.Browser
	if browser == "" {
		browser = r.UserAgent
	}
	all := []fact{
		{Name: v.translate("Request"), Text: shown(r.Method + " " + r.Target())},
		{Name: v.translate("Date and time"), When: newMoment(r.Time, v.location())},
		{Name: v.translate("Status"), Text: strings.TrimSpace(strconv.Itoa(r.Status) + " " + v.translate(statusText(r.Status)))},
		{Name: v.translate("IP address"), Text: display.Visible(r.Address())},
		{Name: v.translate("User"), Text: shown(r.User)},
		{Name: v.translate("Browser"), Text: shown(browser)},
		{Name: v.translate("Request id"), Text: shown(r.RequestID)},
	}
	var e example
	if r.Error != nil {
		e.Trace = visibleLines(r.Error.Trace)
		if r.Error.Cut {
			all = append(all, fact{Name: v.translate("Worth knowing"), Text: v.translate("The application told more than is kept; the longest was cut.")})
		}
	}
	for _, f := range all {
		if f.Text != "" || f.When.ISO != "" {
			e.Facts = append(e.Facts, f)
		}
	}
	return e
}

// maxShown is how many bytes of a text that a client chose help to recognize
// the request. There may be a thousand on the page.
const maxShown = 400

func shown(s string) string {
	if cut := record.Cut(s, maxShown); len(cut) < len(s) {
		return display.Visible(cut) + "…"
	}
	return display.Visible(s)
}

// visibleLines is display.Visible for a text whose line breaks are to be seen
// as such.
func visibleLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, line := range lines {
		lines[i] = display.Visible(strings.TrimSuffix(line, "\r"))
	}
	return strings.Join(lines, "\n")
}
