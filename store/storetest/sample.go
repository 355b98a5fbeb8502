package storetest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
)

// BookingEvent is the n-th of many ordinary events, about 300 bytes each.
func BookingEvent(n int) record.Event {
	at := time.Date(2026, 1, 31, 9, 31, 20, 0, time.UTC).Add(time.Duration(n) * time.Millisecond)
	return record.Event{
		ID:         fmt.Sprintf("01GR3YH2V8M9Q7T4C6X0%06d", n),
		Time:       at,
		Received:   at.Add(time.Second),
		Category:   "booking",
		Type:       "booking.created",
		Subject:    &record.Subject{Type: "Booking", ID: strconv.Itoa(40000 + n)},
		Text:       `A booking has been created for "Table 23".`,
		Impersonal: []string{"text", "action"},
		Initiator:  &record.Initiator{ID: fmt.Sprintf("u_%d", n%500), Name: "Flexopus Support", Email: fmt.Sprintf("user%d@flexopus.com", n%500), Kind: "user"},
		Action:     &record.Action{Label: "View", Href: "/dashboard/bookings/45887"},
		Outcome:    record.OutcomeSuccess,
		Status:     201,
		Method:     "POST",
		RequestID:  "0b8f2c1e-51a7-4f0f-9e2b-7f6f2f5f9a11",
		Transport:  "header",
	}
}

// FullEvent has something in every field.
func FullEvent() record.Event {
	return record.Event{
		ID:        "the-id",
		Time:      time.Date(2026, 1, 31, 9, 31, 20, 123456000, time.UTC),
		Received:  time.Date(2026, 1, 31, 9, 31, 21, 0, time.UTC),
		Category:  "the_category",
		Type:      "the.type",
		Subject:   &record.Subject{Type: "the-subject-type", ID: "the-subject-id", Label: "the-label"},
		Text:      "the-text",
		Key:       "the-key",
		Params:    map[string]string{"name": "the-param", "other": ""},
		Initiator: &record.Initiator{ID: "the-initiator", Name: "the-name", Email: "the-email", Kind: "the-kind"},
		Persons:   []string{"the-person", ""},
		Action:    &record.Action{Label: "the-action", Href: "/the-href"},
		Outcome:   "the-outcome",
		Changes:   []record.Change{{Field: "the-field", Old: json.RawMessage(`"the-old"`)}, {New: json.RawMessage(`null`)}},
		Details:   json.RawMessage(`{"a":"the-details"}`),
		Until:     time.Date(1899, 1, 1, 0, 0, 0, 1000, time.UTC),
		Ext:       json.RawMessage(`{"a":"the-ext"}`),
		Marks:     []string{record.MarkSkew, record.MarkLate},
		Status:    201,
		Method:    "the-method",
		RequestID: "the-request",
		Transport: "the-transport",
	}
}
