package logformat

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

var eventList = &list[record.Event]{
	kind: "events",
	columns: []column{
		{title: "Date"}, {title: "Subject", max: 30}, {title: "Description", max: 80},
		{title: "Initiator", max: 48}, {title: "Action", max: 20}, {title: "Category", max: 16},
	},
	cells: eventCells,
	fields: []string{
		"seq", "id", "time", "received", "category", "type", "subject_type", "subject_id", "subject_label", "text",
		"initiator_id", "initiator_name", "initiator_email", "initiator_kind", "action_label", "action_href",
		"outcome", "changes", "details", "until", "anonymized",
	},
	values: eventValues,
	in:     eventIn,
}

func eventCells(e *record.Event, loc *time.Location) []string {
	var action string
	if e.Action != nil {
		action = e.Action.Label
	}
	return []string{clock(e.Time, loc), subject(e.Subject), description(e), initiator(e), action, e.Category}
}

func eventValues(e *record.Event, loc *time.Location) []string {
	var s record.Subject
	if e.Subject != nil {
		s = *e.Subject
	}
	var i record.Initiator
	if e.Initiator != nil {
		i = *e.Initiator
	}
	var a record.Action
	if e.Action != nil {
		a = *e.Action
	}
	return []string{
		strconv.FormatUint(e.Seq, 10), e.ID, stamp(e.Time, loc), stamp(e.Received, loc), e.Category, e.Type,
		s.Type, s.ID, s.Label, description(e), i.ID, i.Name, i.Email, i.Kind, a.Label, a.Href,
		e.Outcome, changes(e.Changes), string(e.Details), stamp(e.Until, loc), strconv.FormatBool(e.Anonymized),
	}
}

func eventIn(e record.Event, loc *time.Location) record.Event {
	for _, t := range []*time.Time{&e.Time, &e.Received, &e.Until} {
		if !t.IsZero() {
			*t = t.In(loc)
		}
	}
	return e
}

// subject is how one is shown: "Booking - 45887".
func subject(s *record.Subject) string {
	switch {
	case s == nil:
		return ""
	case s.Type == "" || s.ID == "":
		return s.Type + s.ID
	}
	return s.Type + " - " + s.ID
}

// description is the event's sentence. One whose text was anonymized still has
// its type.
func description(e *record.Event) string {
	switch {
	case e.Text != "":
		return e.Text
	case e.Key == "":
		return words(e.Type)
	case len(e.Params) == 0:
		return words(e.Key)
	}
	params := make([]string, 0, len(e.Params))
	for name, value := range e.Params {
		params = append(params, name+" "+value)
	}
	slices.Sort(params)
	return words(e.Key) + ": " + strings.Join(params, ", ")
}

// words makes a phrase of a name: "booking.created" is "Booking created".
func words(name string) string {
	s := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("._:-", r) }), " ")
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return name
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

func initiator(e *record.Event) string {
	if e.Anonymized {
		return "Anonymous"
	}
	if i := e.Initiator; i != nil {
		if who := strings.TrimSpace(i.Name + " " + i.Email); who != "" {
			return who
		}
		if i.ID != "" {
			return i.ID
		}
	}
	return "System"
}

// changes is what people write: "start: 09:00 → 10:00".
func changes(list []record.Change) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = c.Field + ": " + plain(c.Old) + " → " + plain(c.New)
	}
	return strings.Join(parts, "; ")
}

// plain is a JSON value without the quotes of a string.
func plain(value json.RawMessage) string {
	if len(value) == 0 {
		return "-"
	}
	var s *string
	if json.Unmarshal(value, &s) == nil && s != nil && *s != "" {
		return *s
	}
	return string(value)
}
