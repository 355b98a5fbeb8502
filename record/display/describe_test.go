package display

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"booking.created": "Booking created", "smart_lock": "Smart lock", "a-b:c": "A b c", "": "", "...": "...", "über": "Über",
	} {
		if got := Words(in); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDescription(t *testing.T) {
	for _, c := range []struct {
		e    record.Event
		want string
	}{
		{record.Event{Text: "A booking has been created.", Key: "k", Type: "booking.created"}, "A booking has been created."},
		{record.Event{Key: "booking.exported", Params: map[string]string{"rows": "7", "format": "csv"}}, "Booking exported: format csv, rows 7"},
		{record.Event{Key: "booking.exported", Type: "x"}, "Booking exported"},
		{record.Event{Type: "booking.created", Params: map[string]string{"a": "b"}}, "Booking created"},
		{record.Event{}, ""},
	} {
		if got := Description(&c.e); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestWho(t *testing.T) {
	for _, c := range []struct {
		e           record.Event
		name, email string
	}{
		{record.Event{}, "System", ""},
		{record.Event{Initiator: &record.Initiator{Kind: "user"}}, "System", ""},
		{record.Event{Initiator: &record.Initiator{ID: " ", Name: "\t", Email: " "}}, "System", ""},
		{record.Event{Initiator: &record.Initiator{ID: "u_17", Name: "Anna", Email: "anna@example.com"}}, "Anna", "anna@example.com"},
		{record.Event{Initiator: &record.Initiator{ID: "u_17", Name: "Anna"}}, "Anna", ""},
		{record.Event{Initiator: &record.Initiator{ID: "u_17", Name: "\tAnna", Email: " "}}, "\tAnna", ""},
		{record.Event{Initiator: &record.Initiator{ID: "u_17", Name: " ", Email: "anna@example.com"}}, "anna@example.com", ""},
		{record.Event{Initiator: &record.Initiator{ID: "u_17"}}, "u_17", ""},
		{record.Event{Anonymized: true, Initiator: &record.Initiator{ID: "u_17", Name: "Anna"}}, "Anonymous", ""},
	} {
		if name, email := Who(&c.e); name != c.name || email != c.email {
			t.Errorf("%+v: %q, %q; want %q, %q", c.e.Initiator, name, email, c.name, c.email)
		}
		if line, want := WhoLine(&c.e), strings.TrimSuffix(c.name+" "+c.email, " "); line != want {
			t.Errorf("%+v: %q, want %q", c.e.Initiator, line, want)
		}
	}
}

func TestSubject(t *testing.T) {
	for _, c := range []struct {
		s    *record.Subject
		want string
	}{
		{nil, ""}, {&record.Subject{Label: "Table 23"}, ""}, {&record.Subject{Type: "Booking"}, "Booking"}, {&record.Subject{ID: "45887"}, "45887"},
		{&record.Subject{Type: "Booking", ID: "45887"}, "Booking - 45887"},
	} {
		if got := c.s.String(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.s, got, c.want)
		}
	}
}

func TestPlainValue(t *testing.T) {
	for in, want := range map[string]string{
		``: "-", `"09:00"`: "09:00", `""`: `""`, `null`: "null", `2`: "2", `{"a":[1]}`: `{"a":[1]}`, `"\u00fc\n"`: "ü\n", `"no end`: `"no end`,
	} {
		if got := PlainValue(json.RawMessage(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestRequestInWords(t *testing.T) {
	for _, c := range []struct {
		r                        record.Request
		address, target, verdict string
	}{
		{record.Request{Path: "/a"}, "", "/a", "pass"},
		{record.Request{IP: netip.MustParseAddr("2001:db8::7"), Path: "/a", Query: "b=c", Verdict: record.VerdictBan}, "2001:db8::7", "/a?b=c", "ban"},
	} {
		if c.r.Address() != c.address || c.r.Target() != c.target || c.r.Verdict.String() != c.verdict {
			t.Errorf("got %q, %q, %q", c.r.Address(), c.r.Target(), c.r.Verdict)
		}
	}
}
