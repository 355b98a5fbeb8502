package security

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

type requestsPage struct {
	view.ListPage
	Chart *chart
	Rows  []requestRow
}

// Requests shows the server log.
func (v *Pages) Requests(w http.ResponseWriter, r *http.Request) error {
	// Health comes first: what arrives after it makes the script look again.
	log := v.Health().ServerLog
	given, err := view.ListQuery(r)
	if err != nil {
		return err
	}
	found, start, err := view.StartList(r.Context(), v.View, given, view.Listing{Title: locale.Text("Server log"), Path: "requests", Fields: requestFields, Period: view.FirstPeriod}, v.findRequests)
	if err != nil {
		return fmt.Errorf("listing requests: %w", err)
	}
	page := requestsPage{ListPage: start}
	page.StatusBar = v.requestStatusBar(log)
	if page.Filter.Error != "" {
		return v.Render(w, http.StatusBadRequest, requestsTemplate, page)
	}
	var sum *record.Summary
	if page.Chart, sum, err = v.requestChart(r.Context(), &page.Filter, v.Translate("Requests"), found.query); err != nil {
		return err
	}
	page.List = v.NewList(&page.Filter, log, len(found.requests), found.next, v.foundText(&found, sum))
	page.Exports = v.ExportLinks(&page.Filter, "requests", locale.Text("Export as %s"))
	if sum != nil {
		rows := v.Locale.Count(int(sum.Requests), locale.Text("%d row"), locale.Text("%d rows"))
		page.Exports = v.ExportLinks(&page.Filter, "requests", locale.Text("Export %s as %s"), rows)
	}
	page.Live = v.NewLiveFeed(&page.Filter, "requests/live", "server_log", log, v.Translate("1 new request"), v.Translate("%s new requests", "{n}"))
	page.Rows = v.newRequestRows(found.requests)
	return v.Render(w, http.StatusOK, requestsTemplate, page)
}

// foundRequests are a page of requests.
type foundRequests struct {
	query    query.Requests
	requests []record.Request
	next     string
}

// findRequests lists what the parameters ask for.
func (v *Pages) findRequests(ctx context.Context, params url.Values) (found foundRequests, err error) {
	if found.query, err = query.ParseRequests(params, v.Now, v.Location); err != nil {
		return found, err
	}
	found.requests, found.next, err = v.Source.Requests(ctx, found.query)
	return found, err
}

// foundText is the number of requests; sum is nil if it is unknown.
func (v *Pages) foundText(found *foundRequests, sum *record.Summary) string {
	n := len(found.requests)
	if sum != nil {
		n = max(n, int(sum.Requests))
	}
	status := v.Locale.Count(n, locale.Text("%d request"), locale.Text("%d requests"))
	if sum == nil && found.next != "" && found.query.Cursor == "" {
		status = v.Translate("The newest %s", status)
	}
	return status
}

var requestFields = []view.Field{
	{Name: "q", Label: locale.Text("Search"), Hint: locale.Text("Text, or ip:203.0.113.0/24 status:5xx path:/api/* …"), Terms: view.RequestSearch},
	{Name: "ip", Label: locale.Text("IP address"), Hint: locale.Text("203.0.113.7 or 203.0.113.0/24")},
	{Name: "status", Label: locale.Text("Status"), Hint: locale.Text("404 or 4xx")},
	{Name: "method", Label: locale.Text("Method"), Hint: "GET"},
	{Name: "path", Label: locale.Text("Path"), Hint: locale.Text("/desks/23 or /desks/*")},
	{Name: "browser", Label: locale.Text("Browser"), Hint: locale.Text("Firefox or Firefox 145")},
	{Name: "os", Label: locale.Text("System"), Hint: locale.Text("Windows or Windows 11")},
	{Name: "country", Label: locale.Text("Country"), Hint: "DE"},
	{Name: "asn", Label: locale.Text("Network"), Hint: locale.Text("Number, such as 64500")},
	{Name: "user", Label: locale.Text("User"), Hint: locale.Text("Whole name")},
	{Name: "verdict", Label: locale.Text("Verdict"), Options: []view.Option{
		{Value: string(record.VerdictPass), Label: locale.Text("Passed")},
		{Value: string(record.VerdictThrottle), Label: view.VerdictTexts[record.VerdictThrottle]},
		{Value: string(record.VerdictBan), Label: view.VerdictTexts[record.VerdictBan]},
	}},
}
