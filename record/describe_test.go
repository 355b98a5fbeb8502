package record

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
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
		e    Event
		want string
	}{
		{Event{Text: "A booking has been created.", Key: "k", Type: "booking.created"}, "A booking has been created."},
		{Event{Key: "booking.exported", Params: map[string]string{"rows": "7", "format": "csv"}}, "Booking exported: format csv, rows 7"},
		{Event{Key: "booking.exported", Type: "x"}, "Booking exported"},
		{Event{Type: "booking.created", Params: map[string]string{"a": "b"}}, "Booking created"},
		{Event{}, ""},
	} {
		if got := c.e.Description(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestWho(t *testing.T) {
	for _, c := range []struct {
		e           Event
		name, email string
	}{
		{Event{}, "System", ""},
		{Event{Initiator: &Initiator{Kind: "user"}}, "System", ""},
		{Event{Initiator: &Initiator{ID: " ", Name: "\t", Email: " "}}, "System", ""},
		{Event{Initiator: &Initiator{ID: "u_17", Name: "Anna", Email: "anna@example.com"}}, "Anna", "anna@example.com"},
		{Event{Initiator: &Initiator{ID: "u_17", Name: "Anna"}}, "Anna", ""},
		{Event{Initiator: &Initiator{ID: "u_17", Name: "\tAnna", Email: " "}}, "\tAnna", ""},
		{Event{Initiator: &Initiator{ID: "u_17", Name: " ", Email: "anna@example.com"}}, "anna@example.com", ""},
		{Event{Initiator: &Initiator{ID: "u_17"}}, "u_17", ""},
		{Event{Anonymized: true, Initiator: &Initiator{ID: "u_17", Name: "Anna"}}, "Anonymous", ""},
	} {
		if name, email := c.e.Who(); name != c.name || email != c.email {
			t.Errorf("%+v: %q, %q; want %q, %q", c.e.Initiator, name, email, c.name, c.email)
		}
		if line, want := c.e.WhoLine(), strings.TrimSuffix(c.name+" "+c.email, " "); line != want {
			t.Errorf("%+v: %q, want %q", c.e.Initiator, line, want)
		}
	}
}

func TestSubject(t *testing.T) {
	for _, c := range []struct {
		s    *Subject
		want string
	}{
		{nil, ""}, {&Subject{Label: "Table 23"}, ""}, {&Subject{Type: "Booking"}, "Booking"}, {&Subject{ID: "45887"}, "45887"},
		{&Subject{Type: "Booking", ID: "45887"}, "Booking - 45887"},
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
		r                        Request
		address, target, verdict string
	}{
		{Request{Path: "/a"}, "", "/a", "pass"},
		{Request{IP: netip.MustParseAddr("2001:db8::7"), Path: "/a", Query: "b=c", Verdict: VerdictBan}, "2001:db8::7", "/a?b=c", "ban"},
	} {
		if c.r.Address() != c.address || c.r.Target() != c.target || c.r.Verdict.String() != c.verdict {
			t.Errorf("got %q, %q, %q", c.r.Address(), c.r.Target(), c.r.Verdict)
		}
	}
}
