package storetest

import (
	"encoding/json"
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// booking is the n-th of many ordinary events.
func booking(n int) record.Event {
	return record.Event{
		ID:         fmt.Sprintf("booking-%d", n),
		Time:       noon.Add(time.Duration(n) * time.Second),
		Received:   noon.Add(time.Duration(n)*time.Second + 40*time.Millisecond),
		Category:   "booking",
		Type:       "booking.created",
		Subject:    &record.Subject{Type: "Booking", ID: fmt.Sprint(n), Label: "Table 23"},
		Text:       "A booking has been created.",
		Impersonal: []string{"text", "action"},
		Initiator:  &record.Initiator{ID: fmt.Sprintf("u_%d", n%7), Name: "Jo Doe", Email: "Jo@example.com", Kind: "user"},
		Persons:    []string{"u_1", "u_2"},
		Action:     &record.Action{Label: "View", Href: "/bookings/1"},
		Outcome:    record.OutcomeSuccess,
		Changes:    []record.Change{{Field: "day", Old: json.RawMessage(`"mon"`), New: json.RawMessage(`"tue"`)}, {Field: "seat"}},
		Details:    json.RawMessage(`{"n":1}`),
		Until:      noon.Add(24 * time.Hour),
		Ext:        json.RawMessage(`{"x":[1,2]}`),
		Status:     201,
		Method:     "POST",
		RequestID:  "r-1",
		Transport:  "header",
	}
}

// Few values for each field, so that events share them; among them are letters
// that only Unicode's case folding makes equal, and values that look like a
// part of another.
var (
	categories = []string{"booking", "book", "global", "login", "booking_x"}
	types      = []string{"", "booking.created", "booking.created.late", "booking.deleted", "login.failed"}
	names      = []string{"", "1", "12", "a", "A", "k", "\u212a", "s", "\u017f", "b:1", "Straße", "x\x00y", "\xff"}
	outcomes   = []string{"", record.OutcomeSuccess, record.OutcomeFailure, record.OutcomeDenied}
	texts      = []string{"", "A booking.", "Ein <b>Tisch</b>", "\x1b[31m"}
	lists      = [][]string{nil, {"text"}, {"text", "subject.label", "params", "changes", "details", "action"}, {"nothing"}}
	ago        = []time.Duration{0, 1, 999, 1000, 1001, time.Second, time.Hour, 24 * time.Hour}
	starts     = []time.Time{noon, time.Unix(0, 0), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(1812, 5, 5, 1, 2, 3, 4, time.FixedZone("", 3600)), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
)

func pick[T any](t *rapid.T, label string, from []T) T { return rapid.SampledFrom(from).Draw(t, label) }

func drawTime(t *rapid.T) time.Time {
	start := noon
	if rapid.IntRange(0, 4).Draw(t, "far") == 0 {
		start = pick(t, "start", starts)
	}
	return start.Add(pick(t, "ago", ago))
}

// drawEvent draws an event; ids repeat, with and without the same content.
func drawEvent(t *rapid.T) record.Event {
	e := record.Event{
		ID:         fmt.Sprintf("id-%d", rapid.IntRange(0, 30).Draw(t, "id")),
		Time:       drawTime(t),
		Received:   noon,
		Category:   pick(t, "category", categories),
		Type:       pick(t, "type", types),
		Text:       pick(t, "text", texts),
		Impersonal: pick(t, "impersonal", lists),
		Outcome:    pick(t, "outcome", outcomes),
		RequestID:  pick(t, "request", []string{"", "r1", "r2"}),
		Transport:  "header",
	}
	if rapid.Bool().Draw(t, "subject") {
		e.Subject = &record.Subject{Type: pick(t, "subject type", names), ID: pick(t, "subject id", names), Label: pick(t, "label", texts)}
	}
	if rapid.Bool().Draw(t, "initiator") {
		e.Initiator = &record.Initiator{ID: pick(t, "initiator id", names), Name: pick(t, "name", names), Email: pick(t, "email", names)}
	}
	if rapid.Bool().Draw(t, "params") {
		e.Key, e.Params = "booked", map[string]string{"who": pick(t, "who", names), "what": pick(t, "what", names)}
	}
	return e
}

func drawQuery(t *rapid.T) query.Events {
	q := query.Events{Limit: rapid.IntRange(1, 9).Draw(t, "limit")}
	for range rapid.IntRange(0, 3).Draw(t, "categories") {
		q.Categories = append(q.Categories, pick(t, "category", categories))
	}
	sometimes := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	if sometimes("by subject") {
		q.Subjects = []string{pick(t, "subject", append(names, "A:1", "b:1:12", ":1"))}
	}
	if sometimes("by initiator") {
		q.Initiators = []string{pick(t, "initiator", names)}
	}
	if sometimes("by type") {
		q.Types = []string{pick(t, "type", append(types, "booking.*", "login.*", "nothing.*"))}
	}
	if sometimes("by outcome") {
		q.Outcomes = []string{pick(t, "outcome", outcomes)}
	}
	if sometimes("from") {
		q.From = drawTime(t)
	}
	if sometimes("to") {
		q.To = drawTime(t)
	}
	if sometimes("by text") {
		for range rapid.IntRange(1, 2).Draw(t, "words") {
			q.Words = append(q.Words, pick(t, "word", []string{"BOOKING", "tisch", "1", "ſ"}))
		}
	}
	if sometimes("but not") {
		q.Not = pick(t, "not", []query.EventFilter{
			{Categories: categories[:1]}, {Types: []string{"booking.*"}}, {Words: []string{"tisch"}},
			{Initiators: names[:1]}, {Subjects: names[:1]}, {Outcomes: outcomes[:1]},
		})
	}
	return q
}
