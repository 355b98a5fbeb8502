package events_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

// one is a console of the application role over some events, the oldest first.
func one(t testing.TB, zone string, events ...record.Event) (*console.Console, *consoletest.Source) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	source := &consoletest.Source{Zone: loc, EventList: events}
	source.Policy.RetentionDays = 180
	for i := range source.EventList {
		if source.EventList[i].Seq == 0 {
			source.EventList[i].Seq = uint64(i + 1)
		}
	}
	source.State.ApplicationLog = &record.BookHealth{State: record.StateOK, Entries: uint64(len(events))}
	return consoletest.New(t, source, console.RoleApplication), source
}

// in asks for a page in a language.
func in(language string, c http.Handler, target string) string {
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return html.UnescapeString(w.Body.String())
}

func search(c http.Handler, q string) *httptest.ResponseRecorder {
	return consoletest.Get(c, "/?q="+url.QueryEscape(q))
}

// cells are the texts of a table's rows, as people read them.
func cells(page string) (rows [][]string) {
	hidden := regexp.MustCompile(`<span class="sub"><span class="tag">.*?</a></span>`) // category and details
	for _, row := range regexp.MustCompile(`(?s)<tr role="row" data-key.*?</tr>`).FindAllString(page, -1) {
		var texts []string
		for _, cell := range regexp.MustCompile(`(?s)<td.*?</td>`).FindAllString(hidden.ReplaceAllString(row, ""), -1) {
			text := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(strings.ReplaceAll(cell, `<span class="sub">`, " "), ""))
			texts = append(texts, text)
		}
		rows = append(rows, texts)
	}
	return rows
}

// The two examples of the header's documentation, to the letter.
func TestTheTwoExamples(t *testing.T) {
	support := &record.Initiator{ID: "u_17", Name: "Flexopus Support", Email: "support@flexopus.com"}
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c, _ := one(t, "Europe/Berlin",
		record.Event{Time: at("2023-01-12T10:35:15+01:00"), Category: "global", Type: "booking.exported", Text: "Bookings have been exported.", Initiator: support, Outcome: "success"},
		record.Event{Time: at("2023-01-31T10:31:20+01:00"), Category: "booking", Type: "booking.created", Text: `A booking has been created for "Table 23".`, Initiator: support, Outcome: "success",
			Subject: &record.Subject{Type: "Booking", ID: "45887"}, Action: &record.Action{Label: "View", Href: "/dashboard/bookings/45887"}},
	)
	want := [][]string{
		{"2023-01-31 10:31:20", "Booking - 45887", `A booking has been created for "Table 23".`, "Flexopus Support support@flexopus.com", "View"},
		{"2023-01-12 10:35:15", "-", "Bookings have been exported.", "Flexopus Support support@flexopus.com", "-"},
	}
	if got := cells(consoletest.Get(c, "/?from=").Body.String()); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// Times in zones whose offset is no whole hour, and whose clocks change by half
// an hour; exports carry the offset.
func TestOddZones(t *testing.T) {
	for _, test := range []struct{ zone, utc, shown, iso string }{
		{"Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01 05:45:00<", "2026-01-01T05:45:00+05:45"},
		{"Australia/Lord_Howe", "2026-04-04T14:29:59Z", "2026-04-05 01:29:59<", "2026-04-05T01:29:59+11:00"},
		{"Australia/Lord_Howe", "2026-04-04T14:30:00Z", `2026-04-05 01:30:00 <span class="offset">+11:00</span>`, "2026-04-05T01:30:00+11:00"},
		{"Australia/Lord_Howe", "2026-04-04T15:00:00Z", `2026-04-05 01:30:00 <span class="offset">+10:30</span>`, "2026-04-05T01:30:00+10:30"},
		{"Australia/Lord_Howe", "2026-04-04T15:30:00Z", "2026-04-05 02:00:00<", "2026-04-05T02:00:00+10:30"},
		{"Australia/Lord_Howe", "2026-10-03T15:29:59Z", "2026-10-04 01:59:59<", "2026-10-04T01:59:59+10:30"},
		{"Australia/Lord_Howe", "2026-10-03T15:30:00Z", "2026-10-04 02:30:00<", "2026-10-04T02:30:00+11:00"},
		{"America/St_Johns", "2026-07-01T12:00:00Z", "2026-07-01 09:30:00<", "2026-07-01T09:30:00-02:30"},
	} {
		at, err := time.Parse(time.RFC3339, test.utc)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := one(t, test.zone, record.Event{Time: at, Category: "booking", Text: "x"})
		page := in("en", c, "/?from=")
		if !strings.Contains(page, `<time datetime="`+test.iso+`">`+test.shown) || !strings.Contains(page, "Times are in "+test.zone+".") {
			t.Errorf("%s is not shown as %s in %s", test.utc, test.shown, test.zone)
		}
		for _, path := range []string{"/api/v1/events.csv", "/api/v1/events.ndjson", "/api/v1/events"} {
			if body := consoletest.Get(c, path).Body.String(); !strings.Contains(body, test.iso) {
				t.Errorf("%s: %s is not written as %s: %s", path, test.utc, test.iso, body)
			}
		}
	}
}

// Each term of a search is a chip, whose link removes that term and no other.
func TestChips(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication)
	body := search(c, `category:booking -type:login.* "two words" -foo after:2026-01-01 initiator:"Front Desk"`).Body.String()
	chips := regexp.MustCompile(`<li><a href="(/logs/[^"]*)" title="Remove this filter"><span class="chip-label">(.*?)</span> <bdi>(.*?)</bdi>`).FindAllStringSubmatch(body, -1)
	var got []string
	for _, chip := range chips {
		to, err := url.Parse(html.UnescapeString(chip[1]))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s|%s|%s", chip[2], chip[3], to.Query().Get("q")))
	}
	want := []string{
		`Category|Booking|-type:login.* "two words" -foo after:2026-01-01 initiator:"Front Desk"`,
		`Type is not|login.*|category:booking "two words" -foo after:2026-01-01 initiator:"Front Desk"`,
		`Text|two words|category:booking -type:login.* -foo after:2026-01-01 initiator:"Front Desk"`,
		`Without|foo|category:booking -type:login.* "two words" after:2026-01-01 initiator:"Front Desk"`,
		`After|2026-01-01|category:booking -type:login.* "two words" -foo initiator:"Front Desk"`,
		`Initiator|Front Desk|category:booking -type:login.* "two words" -foo after:2026-01-01`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if body := search(c, "moved").Body.String(); !strings.Contains(body, `<li><a href="/logs/" title="Remove this filter">`) {
		t.Error("the last term leaves something behind")
	}
}

func TestUnknownQualifier(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication)
	for q, want := range map[string]string{
		"person:ada":         `"person:" is no qualifier; there are category: initiator: subject: type: outcome: after: before:`,
		"moved person:ada":   `"person:" is no qualifier`,
		`"open`:              "has a quotation mark that is not closed",
		"after:yesterday":    `"after:yesterday" is no time`,
		"category:":          "needs a value right behind the colon",
		"outcome:maybe":      "must be one of success",
		"-before:2026-01-01": "cannot be turned round",
	} {
		w := search(c, q)
		body := html.UnescapeString(w.Body.String())
		if w.Code != http.StatusBadRequest || !strings.Contains(body, want) ||
			!strings.Contains(body, `aria-invalid="true" aria-describedby="filter-error"`) || strings.Contains(body, "data-key") || strings.Contains(body, "Export") {
			t.Errorf("%s: %d, without %q or with rows", q, w.Code, want)
		}
	}
}

// A search that names a time is not narrowed by the 30 days that a page begins
// with, and the form carries no period along that nobody asked for.
func TestSearchForATime(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication)
	for q, want := range map[string]string{
		"after:2026-01-01":  "6 entries.",
		"before:2026-10-31": "1 entry.",
		"before:30d old":    "1 entry.",
		"moved":             "1 entry in the last 30 days.",
	} {
		body := search(c, q).Body.String()
		if !strings.Contains(body, `data-part="count">`+want) {
			t.Errorf("%s: not %q: %s", q, want, regexp.MustCompile(`data-part="count">[^<]*`).FindString(body))
		}
		if strings.Contains(body, `type="hidden" name="from"`) {
			t.Errorf("%s: the form keeps a period", q)
		}
	}
	if body := consoletest.Get(c, "/?from=7d&q=after%3A2026-01-01").Body.String(); !strings.Contains(body, "5 entries in the last 7 days.") || !strings.Contains(body, `name="from" value="7d"`) {
		t.Error("a period that was chosen does not hold beside a search for a time")
	}
}

func TestHowMany(t *testing.T) {
	for n, want := range map[int][2]string{
		0:      {"0 entries in the last 30 days.", ""},
		1:      {"1 entry in the last 30 days.", "Export 1 row as CSV"},
		1203:   {"1,203 entries in the last 30 days.", "Export 1,203 rows as CSV"},
		10_000: {"10,000 entries in the last 30 days.", "Export 10,000 rows as NDJSON"},
		10_001: {"More than 10,000 entries in the last 30 days.", "Export more than 10,000 rows as CSV"},
	} {
		source := &consoletest.Source{Zone: consoletest.Berlin(t), State: record.Health{ApplicationLog: &record.BookHealth{State: record.StateOK, Entries: uint64(n + 1)}}}
		source.Add(1, consoletest.Now.AddDate(0, 0, -40))
		for i := range n {
			source.Add(uint64(i+2), consoletest.Now.Add(-time.Minute))
		}
		body := consoletest.Get(consoletest.New(t, source, console.RoleApplication), "/").Body.String()
		if !strings.Contains(body, `<p role="status" data-part="count">`+want[0]) || !strings.Contains(body, want[1]) {
			t.Errorf("%d: %s", n, regexp.MustCompile(`data-part="count">[^<]*|Export[^<]*`).FindAllString(body, -1))
		}
	}
}

// TestBackAndForth follows "Older" to the end and "Newer" back to the start.
func TestBackAndForth(t *testing.T) {
	c := consoletest.New(t, consoletest.Many(t, 1500), console.RoleApplication)
	follow := func(at, rel string) string {
		m := regexp.MustCompile(`<a rel="` + rel + `" href="/logs(/[^"]*)">`).FindStringSubmatch(consoletest.Get(c, at).Body.String())
		if m == nil {
			return ""
		}
		return html.UnescapeString(m[1])
	}
	var way []string
	for at := "/?category=booking"; at != ""; at = follow(at, "next") {
		way = append(way, at)
	}
	if len(way) != 30 {
		t.Fatalf("%d pages", len(way))
	}
	if longest := len(way[29]); longest > 1000 {
		t.Errorf("an address of %d bytes", longest)
	}
	first := func(at string) string {
		return regexp.MustCompile(`data-key="\d+"`).FindString(consoletest.Get(c, at).Body.String())
	}
	at, back := way[29], 0
	for to := follow(at, "prev"); to != ""; to = follow(at, "prev") {
		at, back = to, back+1
		if first(at) != first(way[29-back]) {
			t.Errorf("%d back: %s begins with %s, not as %s", back, at, first(at), way[29-back])
		}
	}
	if back != 20 {
		t.Errorf("%d pages back", back)
	}
}

// What a list that is empty says, and what it says it about.
func TestEmpty(t *testing.T) {
	c, source := one(t, "Europe/Berlin")
	first := in("en", c, "/")
	for _, want := range []string{"Waiting for the first event", ">PHP<", ">Python<", ">JavaScript<", ">Ruby<", ">Go<", ">Java<", ">C#<", "X-App-Event", "data-stream"} {
		if !strings.Contains(first, want) {
			t.Errorf("nothing ever: no %s", want)
		}
	}
	if n := strings.Count(first, "data-copy "); n != 7 {
		t.Errorf("%d buttons to copy", n)
	}
	source.State.ApplicationLog.Entries = 1
	source.Add(1, consoletest.Now.AddDate(0, 0, -100))
	for target, want := range map[string]string{
		"/":                          "Nothing matches in the last 30 days.",
		"/?q=zebra&category=booking": "<li>Text: <bdi>zebra</bdi></li><li>Category: <bdi>Booking</bdi></li>",
		"/?to=2026-05-26":            "Entries are kept for 180 days; those from before 2026-05-27 have been deleted.",
		"/?q=before%3A2020-01-01":    "Nothing is kept of that time.",
		"/?to=2026-05-28":            "Nothing matches.",
		"/?q=before%3A2020-01-01+category%3Alogin": "Entries are kept for 10 days",
	} {
		source.Policy.RetentionDaysByCategory = map[string]int{"login": 10}
		if body := in("en", c, target); !strings.Contains(body, want) || strings.Contains(body, "Waiting for") {
			t.Errorf("%s: not %q: %s", target, want, regexp.MustCompile(`(?s)<section class="empty.*?</section>`).FindString(body))
		}
	}
	source.Policy.RetentionDaysByCategory = map[string]int{"login": 400}
	if body := in("en", c, "/?to=2026-05-20"); strings.Contains(body, "have been deleted") {
		t.Error("a category that is kept longer is passed over")
	}
}

// mute is a source that does not tell its settings.
type mute struct{ *consoletest.Source }

func (mute) Settings(context.Context) (record.SettingsView, error) {
	return record.SettingsView{}, errors.New("not now")
}

func TestStrip(t *testing.T) {
	rejected := func(at time.Time) record.Event {
		return record.Event{Time: at, Category: "global", Type: "event.rejected", Text: "x"}
	}
	// It is 12:00 in Berlin.
	midnight := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	c, source := one(t, "Europe/Berlin", rejected(midnight.Add(-time.Second)), rejected(midnight), rejected(consoletest.Now.Add(-time.Minute)))
	if body := in("en", c, "/"); !strings.Contains(body, "<dt>Rejected today</dt><dd>2</dd>") || !strings.Contains(body, "<dt>Next deletion run</dt>") || !strings.Contains(body, "<dt>Store</dt><dd>ok</dd>") {
		t.Errorf("%s", regexp.MustCompile(`(?s)<dl class="strip".*?</dl>`).FindString(body))
	}
	c.Source = mute{source}
	if body := in("en", c, "/"); strings.Contains(body, "Next deletion run") || !strings.Contains(body, "<dt>Rejected today</dt>") {
		t.Error("without settings the strip is not as it should be")
	}
}

func TestRelated(t *testing.T) {
	about := func(id string) record.Event {
		return record.Event{Time: consoletest.Now, Category: "booking", Text: "about " + id, Subject: &record.Subject{Type: "Booking", ID: id}}
	}
	c, _ := one(t, "Europe/Berlin", about("1"), about("2"), about("1"), about("1"), about("1"), about("1"), about("1"), about("1"), record.Event{Time: consoletest.Now, Category: "login", Text: "no subject"})
	links := func(seq int) (list []string) {
		body := in("en", c, fmt.Sprint("/events/", seq))
		for _, m := range regexp.MustCompile(`<a href="/logs/events/(\d+)" data-drawer>`).FindAllStringSubmatch(body, -1) {
			list = append(list, m[1])
		}
		return list
	}
	for seq, want := range map[int]string{8: "[7 6 5 4 3]", 1: "[8 7 6 5 4]", 6: "[8 7 5 4 3]", 2: "[]", 9: "[]"} {
		if got := fmt.Sprint(links(seq)); got != want {
			t.Errorf("entry %d: %s, want %s", seq, got, want)
		}
	}
	if body := in("en", c, "/events/2"); !strings.Contains(body, "There are no others.") {
		t.Error("nothing is said where there are no others")
	}
}

func TestGerman(t *testing.T) {
	source := consoletest.Sample(t)
	c := consoletest.New(t, source, console.RoleApplication, console.RoleSecurity)
	for target, want := range map[string][]string{
		"/": {
			`<html lang="de">`, ">Datum<", ">Betreff<", ">Beschreibung<", ">Auslöser<", ">Aktion<", "5 Einträge in den letzten 30 Tagen.", "<em>Anonym</em>", "Buchung storniert",
			"A booking has been moved", `<span class="tag">Türschloss</span>`, "5 Zeilen als CSV exportieren", "Booking - 45887", "<dt>Nächster Löschlauf</dt>", ">Verweigert<",
		},
		"/?q=person:ada":  {"ist kein Suchfilter"},
		"/events/45886":   {"Änderungen", "Vorher", "Nachher", "<dt>Empfangen</dt>", "Rohes JSON", "Kopieren"},
		"/events/7":       {"Nicht gefunden", "Diesen Eintrag gibt es nicht."},
		"/requests":       {"4 Anfragen in den letzten 30 Tagen", ">Pfad<", ">5,1 kB<", "Gesperrt"},
		"/errors":         {"2 verschiedene Fehler", "Letzte Anfrage dazu", "Quelle"},
		"/?from=whenever": {"ist keine Zeit"},
	} {
		body := in("de-DE,de;q=0.9,en;q=0.5", c, target)
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s: no %s", target, text)
			}
		}
	}
	for range 1198 {
		source.Add(7, consoletest.Now.Add(-time.Minute))
	}
	if body := in("de", c, "/"); !strings.Contains(body, "1.203 Einträge") {
		t.Error("numbers are not as Germans write them")
	}
	// Programs are told English.
	if body := in("de", c, "/api/v1/events?limit=0"); !strings.Contains(body, "must be a whole number") {
		t.Errorf("the API says %s", body)
	}
}
