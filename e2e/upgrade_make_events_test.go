package e2e

import (
	"fmt"
	"net/http"
	"strings"
)

// ingestEvents posts events as a job does.
func (g *gate) ingestEvents(events []string) {
	g.t.Helper()
	res, answer := post(g.t, http.DefaultClient, "http://"+g.site+"/jobs/events", "["+strings.Join(events, ",")+"]", asJSON()...)
	if res.StatusCode != http.StatusOK || len(answer.Results) != len(events) {
		g.t.Fatalf("ingest: %d %+v", res.StatusCode, answer)
	}
}

// richEvent has every key that an event can have.
const richEvent = `{"id":"rich","time":"2026-11-20T09:12:01.123456+01:00","category":"object","type":"object.edited","subject":{"type":"Büro","id":"17","label":"Raum „Zürich“ 日本"},` +
	`"text":"Das Büro wurde geändert 🪑","impersonal":["text","subject.label","changes"],"initiator":{"id":"u_17","name":"Ada Exämple","email":"ada@example.com","kind":"api"},"persons":["u_18",19],` +
	`"action":{"label":"Ansehen","href":"/objects/17"},"outcome":"success","changes":[{"field":"name","old":"Zürich","new":null},{"field":"seats","old":4,"new":{"a":[1,2.5,true]}}],` +
	`"details":{"ä":"ö","deep":{"deeper":[1,{"x":null}]}},"until":"2026-12-01T00:00:00Z","own":{"key":"kept as ext"}}`

// tellEvents sends events of every category, in every way, with every mark.
func (g *gate) tellEvents(app *told) {
	g.t.Helper()
	lines := map[string][]string{
		"/rich":      {richEvent},
		"/template":  {`{"id":"template","category":"equipment","type":"equipment.created","key":"equipment.created","params":{"name":"Stuhl","count":3},"subject":{"type":"Equipment","id":"3"}}`},
		"/no-id":     {`{"category":"user","text":"No id."}`},
		"/first":     {`{"id":"one","category":"group","type":"group.created","text":"First."}`},
		"/duplicate": {`{"text":"First.","type":"group.created","category":"group","id":"one"}`},
		"/conflict":  {`{"id":"one","category":"group","type":"group.created","text":"Second."}`},
		"/third":     {`{"id":"one","category":"group","type":"group.created","text":"Third."}`},
		"/skew":      {`{"id":"skew","time":"2020-02-29T00:00:00Z","category":"location","text":"Long ago."}`, `{"id":"before-1970","time":"1969-12-31T23:59:59.5Z","category":"location","text":"Longer ago."}`},
		"/latin1":    {"{\"id\":\"latin1\",\"category\":\"building\",\"text\":\"B\xfcro\"}"},
		"/mime":      {`=?utf-8?b?eyJpZCI6Im1pbWUiLCJjYXRlZ29yeSI6ImJ1aWxkaW5nIiwidGV4dCI6IkLDvHJvIn0=?=`},
		"/link":      {`{"id":"link","category":"webhook","text":"A link elsewhere.","action":{"label":"x","href":"https://evil.example/"}}`},
		"/rejected":  {`{"id":"half`, `{"id":"x","category":"No!","text":"x"}`, eventJSON("after-rejected")},
		"/several":   {eventJSON("s1") + ", " + eventJSON("s2"), eventJSON("s3")},
		"/old-hook":  {strings.Replace(bookingOf("hook", 40, "Zoe", "zoe@example.com"), `"booking",`, `"webhook",`, 1), strings.Replace(richOf("hook-rich"), `"2026-12-01T00:00:00Z"`, `"2026-01-01T00:00:00Z"`, 1)},
		"/bookings":  {bookingOf("b1", 40, "Adelheid", "adelheid@example.com"), bookingOf("b2", 3, "Bertram", "bertram@example.com"), bookingOf("b3", 2, "Adelheid", "adelheid@example.com")},
		"/of-erased": {`{"id":"erased-other","category":"user","type":"user.edited","text":"Adelheid has a key.","persons":["u_Adelheid"],"impersonal":["text"],"initiator":{"id":"u_boss","name":"Boss"}}`},
		"/late":      {eventJSON("late")},
	}
	for _, category := range []string{"cost_center", "smart_lock", "global", "own_category"} {
		lines["/of/"+category] = []string{fmt.Sprintf(`{"id":%q,"category":%[1]q,"type":"%[1]s.made","text":"One of them.","outcome":"denied","subject":{"type":"Thing","id":"7"}}`, category)}
	}
	for path, l := range lines {
		app.set(path, l...)
	}
	for _, path := range []string{"/rich", "/template", "/no-id", "/first", "/duplicate", "/conflict", "/third", "/skew", "/latin1", "/mime", "/link", "/rejected",
		"/several", "/old-hook", "/bookings", "/of-erased", "/of/cost_center", "/of/smart_lock", "/of/global", "/of/own_category", "/trailer"} {
		g.from("203.0.113.5", path, nil)
	}
	for who := range 5 { // they make the address a shared one
		g.from("203.0.113.60", fmt.Sprintf("/login?who=u%d", who), nil)
	}
	// More than one block has room for.
	for batch := range 3 {
		var events []string
		for i := range 340 {
			events = append(events, fmt.Sprintf(`{"id":"bulk-%d-%d","category":"booking","type":"booking.%s","subject":{"type":"Booking","id":"%d"},"text":"Nightly %d.","initiator":{"id":"job_%d","kind":"system"}}`,
				batch, i, []string{"created", "expired"}[i%2], i, i, i%5))
		}
		g.ingestEvents(events)
	}
	vanished.begin(g.t, g.data)
	g.from("203.0.113.5", "/late", nil)
	vanished.end(g.t, g.data)
	eventually(g.t, "the late event is stored", func() bool { return ids(g.events("--limit", "20"))["late"] == 1 })
}

func richOf(id string) string {
	return strings.NewReplacer(`"rich"`, fmt.Sprintf("%q", id), `"object",`, `"webhook",`, "2026-11-20", "2026-01-01").Replace(richEvent)
}

// forget anonymizes what is old and erases a person.
func (g *gate) forget() {
	g.t.Helper()
	g.ask("retention", "run")
	if e := byID(g.events())["hook"]; !e.Anonymized {
		g.t.Fatalf("it is not anonymous: %+v", e)
	}
	g.ask("person", "export", "--id", "u_Adelheid")
	g.ask("person", "erase", "--id", "u_Adelheid")
}
