package appevent

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

// The example of docs/event-header.md, and every field that comes of it.
func TestWholeEvent(t *testing.T) {
	events, rejected := Parse([]string{
		`{"id":"01GR3YH2V8M9Q7T4C6X0B5N2KD","time":"2023-01-31T10:31:20+01:00","category":"booking","type":"booking.created",` +
			`"subject":{"type":"Booking","id":"45887","label":"Table 23"},"text":"A booking has been created for \"Table 23\".",` +
			`"key":"booking.created","params":{"desk":"Table 23","days":2},` +
			`"impersonal":["text","action","text"],"initiator":{"id":"u_17","name":"Flexopus Support","email":"support@flexopus.com"},` +
			`"persons":["u_18",19],"action":{"label":"View","href":"/dashboard/bookings/45887"},` +
			`"changes":[{"field":"desk","old":null,"new":{"id":23}}],"details":{"seats":1},` +
			`"until":"2023-02-01T18:00:00+01:00","outcome":"denied","tenant":"acme","\u0061":[1]}`,
	}, origin, Limits{})
	if len(events) != 1 {
		t.Fatalf("rejected for %q", reasons(rejected))
	}
	cet := time.FixedZone("", 3600)
	got := events[0]
	for name, pair := range map[string][2]time.Time{
		"time":     {got.Time, time.Date(2023, 1, 31, 10, 31, 20, 0, cet)},
		"until":    {got.Until, time.Date(2023, 2, 1, 18, 0, 0, 0, cet)},
		"received": {got.Received, origin.Now},
	} {
		if pair[0].Format(time.RFC3339) != pair[1].Format(time.RFC3339) {
			t.Errorf("%s is %s, want %s", name, pair[0], pair[1])
		}
	}
	got.Time, got.Until, got.Received = time.Time{}, time.Time{}, time.Time{}
	want := record.Event{
		ID: "01GR3YH2V8M9Q7T4C6X0B5N2KD", Category: "booking", Type: "booking.created",
		Subject:    &record.Subject{Type: "Booking", ID: "45887", Label: "Table 23"},
		Text:       `A booking has been created for "Table 23".`,
		Key:        "booking.created",
		Params:     map[string]string{"desk": "Table 23", "days": "2"},
		Impersonal: []string{"text", "action"},
		Initiator:  &record.Initiator{ID: "u_17", Name: "Flexopus Support", Email: "support@flexopus.com", Kind: "user"},
		Persons:    []string{"u_18", "19"},
		Action:     &record.Action{Label: "View", Href: "/dashboard/bookings/45887"},
		Outcome:    "denied",
		Changes:    []record.Change{{Field: "desk", Old: json.RawMessage("null"), New: json.RawMessage(`{"id":23}`)}},
		Details:    json.RawMessage(`{"seats":1}`),
		Ext:        json.RawMessage(`{"tenant":"acme","\u0061":[1]}`),
		Status:     200, Method: "POST", RequestID: "req-1", Transport: "header",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDefaults(t *testing.T) {
	from := origin
	from.Trailer = true
	line := `{"category":"x","text":"t"}`
	events, _ := Parse([]string{line, line}, from, Limits{})
	e := events[0]
	if len(e.ID) != 26 || e.ID == events[1].ID {
		t.Errorf("made ids %q and %q", e.ID, events[1].ID)
	}
	if !e.Time.Equal(from.Now) || !e.Received.Equal(from.Now) || e.Transport != "trailer" || e.Initiator != nil || e.Subject != nil {
		t.Errorf("defaults are %+v", e)
	}
	if got := strings.Join(e.Marks, " "); got != "no_id trailer" {
		t.Errorf("marks %q", got)
	}
	for _, now := range []time.Time{{}, time.Unix(-1, 0), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if id := newID(now); len(id) != 26 {
			t.Errorf("id %q at %s", id, now)
		}
	}
}

// one parses an event that has a category, a text and these members as well.
func one(members string, from Origin) (record.Event, string) {
	if members != "" {
		members = "," + members
	}
	events, rejected := Parse([]string{sf(`{"category":"x","text":"t"` + members + `}`)}, from, Limits{})
	if len(events) == 0 {
		return record.Event{}, reasons(rejected)
	}
	return events[0], ""
}

func list(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

func params(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":"v",`, i)
	}
	return "{" + strings.TrimSuffix(b.String(), ",") + "}"
}

// Every row of the key table: what is taken and what is refused, by name.
func TestKeys(t *testing.T) {
	quoted := func(n int) string { return `"` + strings.Repeat("ä", n) + `"` }
	for _, c := range []struct{ members, refused string }{
		{`"id":"AZaz09._:-"`, ""},
		{`"id":"` + strings.Repeat("a", 64) + `"`, ""},
		{`"id":"` + strings.Repeat("a", 65) + `"`, "id must be 1 to 64"},
		{`"id":"a b"`, "id must be 1 to 64"},
		{`"id":"ä"`, "id must be 1 to 64"},
		{`"id":7`, "id must be a string"},
		{`"id":null`, ""},
		{`"id":""`, ""},
		{`"time":"2023-01-31T09:00:00Z"`, ""},
		{`"time":"2023-01-31T09:00:00.123456789-11:30"`, ""},
		{`"time":"2023-01-31 09:00:00"`, "time must be an RFC 3339"},
		{`"time":"2023-02-30T09:00:00Z"`, "time must be an RFC 3339"},
		{`"time":"2023-01-31T9:00:00Z"`, "time must be an RFC 3339"},
		{`"time":"2023-01-31T09:00:00,5Z"`, "time must be an RFC 3339"},
		{`"time":"2023-01-31T09:00:00+24:00"`, "time must be an RFC 3339"},
		{`"time":"2023-01-31T09:00:00+01:60"`, "time must be an RFC 3339"},
		{`"time":"9999-12-31T23:00:00-02:00"`, "time must be an RFC 3339"},
		{`"time":1675155680`, "time must be a string"},
		{`"type":"booking.created"`, ""},
		{`"type":"` + strings.Repeat("a", 65) + `"`, "type must be 1 to 64"},
		{`"type":"a/b"`, "type must be 1 to 64"},
		{`"type":{}`, "type must be a string"},
		{`"subject":{"type":"Booking","id":"45887","label":"l"}`, ""},
		{`"subject":{"id":45887}`, ""},
		{`"subject":{"id":-7}`, ""},
		{`"subject":{"id":4.5}`, "subject.id must be a string or a whole number"},
		{`"subject":{"id":1e3}`, "subject.id must be a string or a whole number"},
		{`"subject":{"id":true}`, "subject.id must be a string"},
		{`"subject":{"id":"a\u0000b"}`, "subject.id must not have control characters"},
		{`"subject":{"type":7}`, "subject.type must be a string"},
		{`"subject":{"type":"\n"}`, "subject.type must not have control characters"},
		{`"subject":{"label":` + quoted(200) + `}`, ""},
		{`"subject":{"label":` + quoted(201) + `}`, "subject.label is longer than 200"},
		{`"subject":{"id":` + quoted(201) + `}`, "subject.id is longer than 200"},
		{`"subject":{"type":` + quoted(201) + `}`, "subject.type is longer than 200"},
		{`"subject":"Booking 7"`, "subject must be an object"},
		{`"subject":[]`, ""},
		{`"subject":[1]`, "subject must be an object"},
		{`"key":` + quoted(200), ""},
		{`"key":` + quoted(201), "key is longer than 200"},
		{`"params":` + params(16), ""},
		{`"params":` + params(17), "params has more than 16"},
		{`"params":{"a":` + quoted(200) + `}`, ""},
		{`"params":{"a":` + quoted(201) + `}`, "a value of params is longer than 200"},
		{`"params":{` + quoted(201) + `:"a"}`, "a key of params is longer than 200"},
		{`"params":{"a":1.5,"b":null}`, ""},
		{`"params":{"a":true}`, "a value of params must be a string"},
		{`"params":["a"]`, "params must be an object"},
		{`"impersonal":["text","subject.label","params","changes","details","action"]`, ""},
		{`"impersonal":["initiator"]`, "impersonal must be one of"},
		{`"impersonal":"text"`, "impersonal must be an array"},
		{`"impersonal":[1]`, "impersonal must be a string"},
		{`"initiator":{"id":"u","name":"n","email":"e","kind":"system"}`, ""},
		{`"initiator":{"id":17,"kind":"api"}`, ""},
		{`"initiator":{"kind":"robot"}`, "initiator.kind must be one of"},
		{`"initiator":{"name":1}`, "initiator.name must be a string"},
		{`"initiator":{"name":` + quoted(201) + `}`, "initiator.name is longer"},
		{`"initiator":{"email":` + quoted(201) + `}`, "initiator.email is longer"},
		{`"initiator":{"id":` + quoted(201) + `}`, "initiator.id is longer"},
		{`"initiator":"me"`, "initiator must be an object"},
		{`"persons":["a",2,null]`, ""},
		{`"persons":[[]]`, "persons must be a string"},
		{`"persons":"a"`, "persons must be an array"},
		{`"persons":` + list(1000, "1"), ""},
		{`"persons":` + list(1001, "1"), "persons has more than 1000"},
		{`"action":{"label":"View","href":"/x"}`, ""},
		{`"action":{"label":` + quoted(201) + `}`, "action.label is longer"},
		{`"action":{"href":"/` + strings.Repeat("a", 2000) + `"}`, "action.href is longer than 2000"},
		{`"action":{"href":1}`, "action.href must be a string"},
		{`"action":"/x"`, "action must be an object"},
		{`"changes":` + list(50, `{"field":"f"}`), ""},
		{`"changes":` + list(51, `{"field":"f"}`), "changes has more than 50"},
		{`"changes":[{"old":1}]`, "changes.field is missing"},
		{`"changes":[null]`, "changes.field is missing"},
		{`"changes":[{"field":` + quoted(201) + `}]`, "changes.field is longer"},
		{`"changes":[1]`, "an entry of changes must be an object"},
		{`"changes":{}`, "changes must be an array"},
		{`"details":{"a":"` + strings.Repeat("d", 4096-8) + `"}`, ""},
		{`"details":{"a":"` + strings.Repeat("d", 4096-7) + `"}`, "details takes more than 4096 bytes"},
		{`"details":[]`, ""},
		{`"details":[1]`, "details must be an object"},
		{`"details":"x"`, "details must be an object"},
		{`"until":"2023-02-01T18:00:00Z"`, ""},
		{`"until":"tomorrow"`, "until must be an RFC 3339"},
		{`"outcome":"failure"`, ""},
		{`"outcome":"ok"`, "outcome must be one of success, failure, denied"},
		{`"outcome":false`, "outcome must be a string"},
		{`"e":"` + strings.Repeat("e", 1024-8) + `"`, ""},
		{`"e":"` + strings.Repeat("e", 1024-7) + `"`, "the unknown keys take more than 1024 bytes"},
	} {
		_, refused := one(c.members, origin)
		if (refused == "") != (c.refused == "") || !strings.HasPrefix(refused, c.refused) {
			t.Errorf("%.80s: refused %q, want %q", c.members, refused, c.refused)
		}
	}
}

func TestNullIsAbsent(t *testing.T) {
	bare, _ := one("", origin)
	bare.ID = ""
	for _, key := range []string{"id", "time", "type", "subject", "key", "params", "impersonal", "initiator", "persons", "action", "changes", "details", "until", "outcome"} {
		e, refused := one(`"`+key+`":null`, origin)
		e.ID = ""
		if refused != "" || !reflect.DeepEqual(e, bare) {
			t.Errorf("%s null gives %+v, refused %q", key, e, refused)
		}
	}
}

func TestNeededKeys(t *testing.T) {
	for _, c := range []struct{ event, refused string }{
		{`{"text":"t"}`, "category is missing"},
		{`{"category":null,"text":"t"}`, "category is missing"},
		{`{"category":"Booking","text":"t"}`, "category must be"},
		{`{"category":"` + strings.Repeat("a", 33) + `","text":"t"}`, "category must be"},
		{`{"category":"` + strings.Repeat("a", 32) + `","text":"t"}`, ""},
		{`{"category":"cost_center","text":"t"}`, ""},
		{`{"category":"gatebook","text":"t"}`, "category must not be gatebook"},
		{`{"category":"gate\u0062ook","text":"t"}`, "category must not be gatebook"},
		{`{"category":["x"],"text":"t"}`, "category must be a string"},
		{`{"category":"x"}`, "text is missing"},
		{`{"category":"x","text":""}`, "text is missing"},
		{`{"category":"x","params":{"a":"b"}}`, "text is missing"},
		{`{"category":"x","key":"a.b"}`, ""},
		{`{"category":"x","key":"a.b","params":{"a":"b"}}`, ""},
		{`{"category":"x","text":"` + strings.Repeat("ä", 500) + `"}`, ""},
		{`{"category":"x","text":"` + strings.Repeat("ä", 501) + `"}`, "text is longer than 500 characters"},
		{`{"category":"x","text":5}`, "text must be a string"},
		{`{}`, "category is missing"},
	} {
		events, rejected := Parse([]string{c.event}, origin, Limits{})
		if len(events)+len(rejected) != 1 || !strings.HasPrefix(reasons(rejected), c.refused) || (c.refused == "") != (len(events) == 1) {
			t.Errorf("%.80s: rejected for %q, want %q", c.event, reasons(rejected), c.refused)
		}
	}
}

func TestSkew(t *testing.T) {
	for _, c := range []struct {
		off    time.Duration
		marked bool
	}{
		{0, false},
		{5 * time.Minute, false},
		{5*time.Minute + time.Second, true},
		{-7 * 24 * time.Hour, false},
		{-7*24*time.Hour - time.Second, true},
	} {
		e, _ := one(`"id":"a","time":"`+origin.Now.Add(c.off).Format(time.RFC3339)+`"`, origin)
		if marked := len(e.Marks) == 1 && e.Marks[0] == record.MarkSkew; marked != c.marked || !e.Time.Equal(origin.Now.Add(c.off)) {
			t.Errorf("%s off: %s marked %q", c.off, e.Time, e.Marks)
		}
	}
}

func TestOutcomeFromStatus(t *testing.T) {
	for status, want := range map[int]string{
		0: "success", 101: "success", 200: "success", 204: "success", 302: "success",
		400: "failure", 401: "denied", 403: "denied", 404: "failure", 422: "failure", 500: "failure",
	} {
		from := origin
		from.Status = status
		if e, _ := one("", from); e.Outcome != want || e.Status != status {
			t.Errorf("status %d: outcome %q, want %q", status, e.Outcome, want)
		}
		if e, _ := one(`"outcome":"denied"`, from); e.Outcome != "denied" {
			t.Errorf("status %d: outcome %q though the application said denied", status, e.Outcome)
		}
	}
}

// What an application cannot know or decide goes to ext like any other key.
func TestUnknownKeysAreKept(t *testing.T) {
	for members, ext := range map[string]string{
		`"seq":7,"status":1,"marks":["late"],"anonymized":true`: `{"seq":7,"status":1,"marks":["late"],"anonymized":true}`,
		`"ext":{"a":1}`:                          `{"ext":{"a":1}}`,
		`"subject":{"id":"7","color":"red"}`:     `{"subject":{"color":"red"}}`,
		`"initiator":{"ip":"192.0.2.1","x":[]}`:  `{"initiator":{"ip":"192.0.2.1","x":[]}}`,
		`"action":{"href":"/a","icon":"eye"}`:    `{"action":{"icon":"eye"}}`,
		`"changes":[{"field":"a","u":1}],"b":{}`: `{"changes":[{"u":1}],"b":{}}`,
		`"ID":"a"`:                               `{"ID":"a"}`,
		`"\u00e4\"":"\/"`:                        `{"\u00e4\"":"\/"}`,
	} {
		e, refused := one(members, origin)
		if string(e.Ext) != ext {
			t.Errorf("%s: ext %s, want %s; refused %q", members, e.Ext, ext, refused)
		}
		if e.Seq != 0 || e.Anonymized || e.Status == 1 {
			t.Errorf("%s: taken at its word: %+v", members, e)
		}
	}
}

func TestRejectedEntry(t *testing.T) {
	from := origin
	from.Route = "/users/1?" + strings.Repeat("x", 1000)
	secret := "hunter2"
	_, rejected := Parse([]string{`{"category":"x","` + secret + `":"` + secret + `","text":` + strconv.Quote(strings.Repeat(secret, 100)) + `}`}, from, Limits{})
	if len(rejected) != 1 {
		t.Fatalf("rejected %+v", rejected)
	}
	e := rejected[0].Event(from)
	if e.ID == rejected[0].Event(from).ID || len(e.ID) != 26 {
		t.Errorf("ids are not fresh: %q", e.ID)
	}
	var details struct {
		Reason, Route  string
		Offset, Length int
	}
	if err := json.Unmarshal(e.Details, &details); err != nil {
		t.Fatal(err)
	}
	if details.Reason != "text is longer than 500 characters" || details.Offset != 43 || details.Length != 746 || details.Route != from.Route[:500] {
		t.Errorf("details %+v", details)
	}
	e.ID, e.Details = "", nil
	want := record.Event{
		Time: from.Now, Received: from.Now, Category: "global", Type: "event.rejected",
		Text:       "The application sent an event that was refused: text is longer than 500 characters.",
		Impersonal: []string{"text"}, Outcome: "failure", Marks: []string{"rejected"},
		Status: 200, Method: "POST", RequestID: "req-1", Transport: "gate",
	}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("got  %+v\nwant %+v", e, want)
	}
}

// A subject may have a name as initiators have: it is the label where there is none, and
// a key that is not known where it cannot be one.
func TestSubjectName(t *testing.T) {
	long := `"` + strings.Repeat("a", 201) + `"`
	for _, c := range []struct{ subject, label, ext string }{
		{`{"id":"7","name":"Table 23"}`, "Table 23", ""},
		{`{"name":"Table 23","id":"7","label":""}`, "Table 23", ""},
		{`{"name":"Table 23","id":"7","label":"Desk"}`, "Desk", `{"subject":{"name":"Table 23"}}`},
		{`{"id":"7","name":23}`, "", `{"subject":{"name":23}}`},
		{`{"id":"7","name":` + long + `}`, "", `{"subject":{"name":` + long + `}}`},
	} {
		e, refused := one(`"subject":`+c.subject, origin)
		if refused != "" || e.Subject == nil || e.Subject.Label != c.label || string(e.Ext) != c.ext {
			t.Errorf("%s: %+v, ext %s, %s", c.subject, e.Subject, e.Ext, refused)
		}
	}
}
