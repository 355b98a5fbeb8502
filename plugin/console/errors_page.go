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

func (c *Console) errorsPage(w http.ResponseWriter, r *http.Request) error {
	book := c.health().ServerLog
	given, err := queryOf(r)
	if err != nil {
		return err
	}
	found, params, wrong, err := answerTo(r.Context(), given, firstPeriod, c.findFailures)
	if err != nil {
		return fmt.Errorf("listing errors: %w", err)
	}
	f := c.newFilter(c.Base+"errors", given, params, errorFields, wrong)
	page := errorsPage{
		layout: c.newLayout(c.say("Errors"), "errors"),
		Strip:  c.requestStrip(book),
		Filter: f,
	}
	if wrong != nil {
		return c.render(w, http.StatusBadRequest, errorsTemplate, page)
	}
	n := len(found.groups)
	page.list = c.newList(&f, book, n, "", c.speaks().count(n, phrase("%d error"), phrase("%d different errors")))
	if n == record.MaxFailureGroups {
		page.Status = c.say("%s, those that came last; choose a shorter time to see others", page.Status)
	}
	for _, g := range found.groups {
		page.Rows = append(page.Rows, c.newErrorRow(&g, &f))
	}
	if q := found.query; q.Integration == "" { // which no count of requests knows
		failed := query.Requests{From: q.From, To: q.To, Failed: true}
		if page.Chart, _, err = c.requestChart(r.Context(), &f, c.say("Requests that failed"), failed); err != nil {
			return err
		}
	}
	return c.render(w, http.StatusOK, errorsTemplate, page)
}

// foundFailures are failed requests in groups.
type foundFailures struct {
	query  query.Failures
	groups []record.FailureGroup
}

func (c *Console) findFailures(ctx context.Context, params url.Values) (found foundFailures, err error) {
	if found.query, err = query.ParseFailures(params, c.now(), c.location()); err != nil {
		return found, err
	}
	found.groups, err = c.Source.Failures(ctx, found.query)
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

func (c *Console) newErrorRow(g *record.FailureGroup, f *filter) errorRow {
	row := errorRow{
		Count:       c.say("%d", g.Count),
		First:       newMoment(g.First, c.location()),
		Last:        newMoment(g.Last, c.location()),
		Source:      c.say(sources[g.Source]),
		Type:        display.Visible(g.Type),
		Where:       display.Visible(g.Where),
		Integration: display.Visible(g.Integration),
		Route:       newFoldable(g.Route, 60),
		Requests:    c.requestsLike(g, f),
		Example:     c.newExample(&g.Example),
	}
	if e := g.Example.Error; e != nil {
		row.Message = newFoldable(e.Message, 120)
	}
	return row
}

// requestsLike is the address of the server log with the requests to the
// group's route, in the page's period, that were answered as the example was.
func (c *Console) requestsLike(g *record.FailureGroup, f *filter) string {
	method, path, _ := strings.Cut(g.Route, " ")
	if cut := record.Cut(path, mostShown); len(cut) < len(path) {
		path = cut + "*"
	}
	v := url.Values{"method": {method}, "path": {path}}
	if g.Example.Status > 0 {
		v.Set("status", strconv.Itoa(g.Example.Status))
	}
	for _, name := range []string{"from", "to"} {
		if f.params.Has(name) {
			v[name] = f.params[name]
		}
	}
	return c.Base + "requests?" + v.Encode()
}

func (c *Console) newExample(r *record.Request) example {
	browser := r.Browser
	if browser == "" {
		browser = r.UserAgent
	}
	all := []fact{
		{Name: c.say("Request"), Text: shown(r.Method + " " + r.Target())},
		{Name: c.say("Date and time"), When: newMoment(r.Time, c.location())},
		{Name: c.say("Status"), Text: strings.TrimSpace(strconv.Itoa(r.Status) + " " + c.say(statusText(r.Status)))},
		{Name: c.say("IP address"), Text: display.Visible(r.Address())},
		{Name: c.say("User"), Text: shown(r.User)},
		{Name: c.say("Browser"), Text: shown(browser)},
		{Name: c.say("Request id"), Text: shown(r.RequestID)},
	}
	var e example
	if r.Error != nil {
		e.Trace = visibleLines(r.Error.Trace)
		if r.Error.Cut {
			all = append(all, fact{Name: c.say("Worth knowing"), Text: c.say("The application told more than is kept; the longest was cut.")})
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
