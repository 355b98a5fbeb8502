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
	Strip  strip
	Filter filter
	list
	Chart *chart
	Rows  []errorRow
}

func (v *view) errorsPage(w http.ResponseWriter, r *http.Request) error {
	book := v.health().ServerLog
	given, err := queryOf(r)
	if err != nil {
		return err
	}
	found, params, wrong, err := answerTo(r.Context(), given, firstPeriod, v.findFailures)
	if err != nil {
		return fmt.Errorf("listing errors: %w", err)
	}
	f := v.newFilter(v.Base+"errors", given, params, errorFields, wrong)
	page := errorsPage{
		layout: v.newLayout(v.say("Errors"), "errors"),
		Strip:  v.requestStrip(book),
		Filter: f,
	}
	if wrong != nil {
		return v.render(w, http.StatusBadRequest, errorsTemplate, page)
	}
	n := len(found.groups)
	page.list = v.newList(&f, book, n, "", v.locale.count(n, phrase("%d error"), phrase("%d different errors")))
	if n == record.MaxFailureGroups {
		page.Status = v.say("%s, those that came last; choose a shorter time to see others", page.Status)
	}
	for _, g := range found.groups {
		page.Rows = append(page.Rows, v.newErrorRow(&g, &f))
	}
	if q := found.query; q.Integration == "" { // which no count of requests knows
		failed := query.Requests{From: q.From, To: q.To, Failed: true}
		if page.Chart, _, err = v.requestChart(r.Context(), &f, v.say("Requests that failed"), failed); err != nil {
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
	{Name: "integration", Label: phrase("Integration"), Hint: phrase("Whole name, such as Microsoft 365")},
}

// sources are who told of a failure, as people call them.
var sources = map[string]string{
	record.SourceGate: phrase("Gate"),
	record.SourceApp:  phrase("Application"),
}

// errorRow is one group of failed requests as people read it.
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
		Count:       v.say("%d", g.Count),
		First:       newMoment(g.First, v.location()),
		Last:        newMoment(g.Last, v.location()),
		Source:      v.say(sources[g.Source]),
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
	if cut := record.Cut(path, mostShown); len(cut) < len(path) {
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
		{Name: v.say("Request"), Text: shown(r.Method + " " + r.Target())},
		{Name: v.say("Date and time"), When: newMoment(r.Time, v.location())},
		{Name: v.say("Status"), Text: strings.TrimSpace(strconv.Itoa(r.Status) + " " + v.say(statusText(r.Status)))},
		{Name: v.say("IP address"), Text: display.Visible(r.Address())},
		{Name: v.say("User"), Text: shown(r.User)},
		{Name: v.say("Browser"), Text: shown(browser)},
		{Name: v.say("Request id"), Text: shown(r.RequestID)},
	}
	var e example
	if r.Error != nil {
		e.Trace = visibleLines(r.Error.Trace)
		if r.Error.Cut {
			all = append(all, fact{Name: v.say("Worth knowing"), Text: v.say("The application told more than is kept; the longest was cut.")})
		}
	}
	for _, f := range all {
		if f.Text != "" || f.When.ISO != "" {
			e.Facts = append(e.Facts, f)
		}
	}
	return e
}

// mostShown is how many bytes of a text that a client chose help to recognize
// the request. There may be a thousand on the page.
const mostShown = 400

func shown(s string) string {
	if cut := record.Cut(s, mostShown); len(cut) < len(s) {
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
