package console

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

type requestsPage struct {
	layout
	StatusBar statusBar
	Filter    filter
	list
	Chart *chart
	Rows  []requestRow
}

func (v *view) requestsPage(w http.ResponseWriter, r *http.Request) error {
	// Health comes first: what arrives after it makes the script look again.
	log := v.health().ServerLog
	given, err := queryOf(r)
	if err != nil {
		return err
	}
	period := requestSearch.period(given.Get("q"), firstPeriod)
	found, params, invalid, err := answerTo(r.Context(), given, period, v.findRequests)
	if err != nil {
		return fmt.Errorf("listing requests: %w", err)
	}
	f := v.newFilter(v.Base+"requests", given, params, requestFields, invalid)
	page := requestsPage{
		layout:    v.newLayout(v.translate("Server log"), "requests"),
		StatusBar: v.requestStatusBar(log),
		Filter:    f,
	}
	if invalid != nil {
		return v.render(w, http.StatusBadRequest, requestsTemplate, page)
	}
	var sum *record.Summary
	if page.Chart, sum, err = v.requestChart(r.Context(), &f, v.translate("Requests"), found.query); err != nil {
		return err
	}
	page.list = v.newList(&f, log, len(found.requests), found.next, v.foundText(&found, sum))
	page.Exports = v.exports(&f, "requests", translatable("Export as %s"))
	if sum != nil {
		rows := v.locale.Count(int(sum.Requests), translatable("%d row"), translatable("%d rows"))
		page.Exports = v.exports(&f, "requests", translatable("Export %s as %s"), rows)
	}
	page.Rows = v.newRequestRows(found.requests)
	if !given.Has("cursor") {
		page.Live = &liveFeed{
			Stream: v.apiAddress("requests/live", f.question()), Pulse: v.Base + "api/v1/health", Log: "server_log", Revision: logRevision(log),
			One: v.translate("1 new request"), Many: v.translate("%s new requests", "{n}"),
		}
	}
	return v.render(w, http.StatusOK, requestsTemplate, page)
}

// foundRequests are a page of requests.
type foundRequests struct {
	query    query.Requests
	requests []record.Request
	next     string
}

// findRequests lists what the parameters ask for.
func (v *view) findRequests(ctx context.Context, params url.Values) (found foundRequests, err error) {
	if found.query, err = query.ParseRequests(params, v.now, v.location()); err != nil {
		return found, err
	}
	found.requests, found.next, err = v.Source.Requests(ctx, found.query)
	return found, err
}

// foundText is the number of requests; sum is nil if it is unknown.
func (v *view) foundText(found *foundRequests, sum *record.Summary) string {
	n := len(found.requests)
	if sum != nil {
		n = max(n, int(sum.Requests))
	}
	status := v.locale.Count(n, translatable("%d request"), translatable("%d requests"))
	if sum == nil && found.next != "" && found.query.Cursor == "" {
		status = v.translate("The newest %s", status)
	}
	return status
}

var requestFields = []field{
	{Name: "q", Label: translatable("Search"), Hint: translatable("Text, or ip:203.0.113.0/24 status:5xx path:/api/* …"), Terms: requestSearch},
	{Name: "ip", Label: translatable("IP address"), Hint: translatable("203.0.113.7 or 203.0.113.0/24")},
	{Name: "status", Label: translatable("Status"), Hint: translatable("404 or 4xx")},
	{Name: "method", Label: translatable("Method"), Hint: "GET"},
	{Name: "path", Label: translatable("Path"), Hint: translatable("/desks/23 or /desks/*")},
	{Name: "browser", Label: translatable("Browser"), Hint: translatable("Firefox or Firefox 145")},
	{Name: "os", Label: translatable("System"), Hint: translatable("Windows or Windows 11")},
	{Name: "country", Label: translatable("Country"), Hint: "DE"},
	{Name: "asn", Label: translatable("Network"), Hint: translatable("Number, such as 64500")},
	{Name: "user", Label: translatable("User"), Hint: translatable("Whole name")},
	{Name: "verdict", Label: translatable("Verdict"), Options: []option{
		{Value: string(record.VerdictPass), Label: translatable("Passed")},
		{Value: string(record.VerdictThrottle), Label: verdictTexts[record.VerdictThrottle]},
		{Value: string(record.VerdictBan), Label: verdictTexts[record.VerdictBan]},
	}},
}

func (v *view) requestStatusBar(b *record.BookHealth) statusBar {
	if b == nil {
		return statusBar{}
	}
	return statusBar{v.alarm(b), []statusItem{
		v.newestItem(v.translate("Last request"), b),
		v.stateItem(b),
		{Label: v.translate("Kept"), Text: v.translate("%d in %s", b.Entries, v.locale.Volume(b.Bytes))},
		v.lossItem(v.translate("Dropped"), b.Dropped, "bad"),
	}}
}

// verdictTexts are the verdicts worth a word beside a request.
var verdictTexts = map[record.Verdict]string{
	record.VerdictThrottle: translatable("Throttled"),
	record.VerdictBan:      translatable("Banned"),
}

// requestRow is the row of one request.
type requestRow struct {
	// Key tells the rows of a page apart, and stays when it is loaded again.
	Key string
	// File is path and query; Browser is the user agent where that names none.
	File, Browser foldable
	Method        string
	When          moment
	Volume        string
	Status        int
	StatusText    string
	Tone          string
	Verdict       string
	Aborted       bool
	OS            string
	IP            string
	// Address is the page about IP, "" if that is not known.
	Address      string
	Country, Net string
}

func (v *view) newRequestRows(found []record.Request) []requestRow {
	var rows []requestRow
	times := map[string]int{}
	for i := range found {
		row := v.newRequestRow(&found[i])
		// Two that are the same in all that counts are told apart by their place.
		if times[row.Key]++; times[row.Key] > 1 {
			row.Key += "-" + strconv.Itoa(times[row.Key])
		}
		rows = append(rows, row)
	}
	return rows
}

func requestKey(r *record.Request) string {
	h := fnv.New64a()
	fmt.Fprint(h, r.Time.UnixMicro(), r.IP, r.Method, r.Path, r.Query, r.UserAgent, r.Status, r.Bytes, r.Duration)
	return strconv.FormatUint(h.Sum64(), 36)
}

// addressHref is the page about an address, or "".
func (v *view) addressHref(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	return v.Base + "addresses/" + url.PathEscape(addr.WithZone("").String())
}

func (v *view) newRequestRow(r *record.Request) requestRow {
	browser := r.Browser
	if browser == "" {
		browser = r.UserAgent
	}
	return requestRow{
		Key:        requestKey(r),
		Address:    v.addressHref(r.IP),
		File:       newFoldable(r.Target(), 120),
		Browser:    newFoldable(browser, 60),
		Method:     display.Visible(r.Method),
		When:       newMoment(r.Time, v.location()),
		Volume:     v.locale.Volume(r.Bytes),
		Status:     r.Status,
		StatusText: v.translate(statusText(r.Status)),
		Tone:       statusTone(r.Status),
		Verdict:    v.translate(verdictTexts[r.Verdict]),
		Aborted:    r.Aborted,
		OS:         display.Visible(r.OS),
		IP:         display.Visible(r.Address()),
		Country:    display.Visible(r.Country),
		Net:        display.Visible(r.ASOrg),
	}
}

// foldable is a text that a client chose. If it has more characters than a row
// shows, so that no attacker fills the screen, the row unfolds Start to All.
type foldable struct{ Start, All string }

func newFoldable(s string, shown int) foldable {
	f := foldable{All: display.Visible(s)}
	n := 0
	for i := range f.All {
		if n++; n > shown {
			f.Start = f.All[:i]
			break
		}
	}
	return f
}

func statusText(status int) string {
	if status == 499 { // nginx's name for it; not in net/http
		return translatable("Client left")
	}
	return http.StatusText(status)
}

func statusTone(status int) string {
	switch {
	case status >= 500:
		return "bad"
	case status >= 400:
		return "warn"
	}
	return ""
}
