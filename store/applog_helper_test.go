package store

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

// openTestLog opens the log in dir and closes it when the test ends.
func openTestLog(t testing.TB, dir string, o Options) *AppLog {
	t.Helper()
	a, err := openAppLog(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// bookingEvent is the n-th of many ordinary events, about 300 bytes each.
func bookingEvent(n int) record.Event {
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

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(time.Minute)
	for !cond() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited a minute for: %s", what)
		}
	}
}

func mustAppend(t *testing.T, a *AppLog, events ...record.Event) []Appended {
	t.Helper()
	out, err := a.AppendEach(context.Background(), events)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
