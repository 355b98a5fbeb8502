package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gatebook/gatebook/record"
)

type requestsPage struct {
	layout
	Strip  strip
	Filter filter
	list
	Rows []requestRow
}

func (c *Console) requestsPage(w http.ResponseWriter, r *http.Request) error {
	book := c.health().ServerLog
	given, err := queryOf(r)
	if err != nil {
		return err
	}
	params, err := settle(given, firstPeriod)
	var found []record.Request
	var next string
	if err == nil {
		found, next, err = c.requestsOf(r, params)
	}
	var wrong *record.ParamError
	if err != nil && !errors.As(err, &wrong) {
		return fmt.Errorf("listing requests: %w", err)
	}
	f := c.newFilter(c.Base+"requests", given, params, requestFields, wrong)
	page := requestsPage{
		layout: c.newLayout(c.say("Server log"), "requests"),
		Strip:  c.requestStrip(book),
		Filter: f,
	}
	if wrong != nil {
		return c.render(w, http.StatusBadRequest, requestsTemplate, page)
	}
	status := c.speaks().count(len(found), phrase("%d request"), phrase("%d requests"))
	if next != "" && !given.Has("cursor") {
		status = c.say("The newest %s", status)
	}
	page.list = c.newList(&f, book, len(found), next, status)
	page.Exports = c.exports(&f, "requests", phrase("Export as %s"))
	for _, req := range found {
		page.Rows = append(page.Rows, c.newRequestRow(&req))
	}
	return c.render(w, http.StatusOK, requestsTemplate, page)
}

// requestsOf lists what the parameters ask for.
func (c *Console) requestsOf(r *http.Request, params url.Values) ([]record.Request, string, error) {
	q, err := record.ParseRequestQuery(params, c.now(), c.location())
	if err != nil {
		return nil, "", err
	}
	return c.Source.Requests(r.Context(), q)
}

var requestFields = []field{
	{Name: "q", Label: phrase("Search"), Hint: phrase("Path, query, user agent, user")},
	{Name: "ip", Label: phrase("IP address"), Hint: phrase("203.0.113.7 or 203.0.113.0/24")},
	{Name: "status", Label: phrase("Status"), Hint: phrase("404 or 4xx")},
	{Name: "method", Label: phrase("Method"), Hint: "GET"},
	{Name: "path", Label: phrase("Path"), Hint: phrase("/desks/23 or /desks/*")},
	{Name: "browser", Label: phrase("Browser"), Hint: phrase("Firefox or Firefox 145")},
	{Name: "os", Label: phrase("System"), Hint: phrase("Windows or Windows 11")},
	{Name: "country", Label: phrase("Country"), Hint: "DE"},
	{Name: "asn", Label: phrase("Network"), Hint: phrase("Number, such as 64500")},
	{Name: "user", Label: phrase("User"), Hint: phrase("Whole name")},
	{Name: "verdict", Label: phrase("Verdict"), Options: []option{
		{Value: string(record.VerdictPass), Label: phrase("Passed")},
		{Value: string(record.VerdictThrottle), Label: verdictTexts[record.VerdictThrottle]},
		{Value: string(record.VerdictBan), Label: verdictTexts[record.VerdictBan]},
	}},
}

func (c *Console) requestStrip(b *record.BookHealth) strip {
	if b == nil {
		return strip{}
	}
	return strip{c.alarm(b), []stripItem{
		c.newestItem(c.say("Last request"), b),
		c.stateItem(b),
		{Label: c.say("Kept"), Text: c.say("%d in %s", b.Entries, c.speaks().volume(b.Bytes))},
		c.lossItem(c.say("Dropped"), b.Dropped, "bad"),
	}}
}

// verdictTexts are the verdicts worth a word beside a request.
var verdictTexts = map[record.Verdict]string{
	record.VerdictThrottle: phrase("Throttled"),
	record.VerdictBan:      phrase("Banned"),
}

// requestRow is one request as people read it.
type requestRow struct {
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
	Country, Net  string
}

func (c *Console) newRequestRow(r *record.Request) requestRow {
	browser := r.Browser
	if browser == "" {
		browser = r.UserAgent
	}
	return requestRow{
		File:       newFoldable(r.Target(), 120),
		Browser:    newFoldable(browser, 60),
		Method:     record.Visible(r.Method),
		When:       newMoment(r.Time, c.location()),
		Volume:     c.speaks().volume(r.Bytes),
		Status:     r.Status,
		StatusText: c.say(statusText(r.Status)),
		Tone:       statusTone(r.Status),
		Verdict:    c.say(verdictTexts[r.Verdict]),
		Aborted:    r.Aborted,
		OS:         record.Visible(r.OS),
		IP:         record.Visible(r.Address()),
		Country:    record.Visible(r.Country),
		Net:        record.Visible(r.ASOrg),
	}
}

// foldable is a text that a client chose. If it has more characters than a row
// shows, so that no attacker fills the screen, the row unfolds Start to All.
type foldable struct{ Start, All string }

func newFoldable(s string, shown int) foldable {
	f := foldable{All: record.Visible(s)}
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
		return phrase("Client left")
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
