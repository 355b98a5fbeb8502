package query

import (
	"slices"
	"testing"

	"github.com/gatebook/gatebook/record"
)

// Who is meant by an address is not who has one that contains it: an export gives
// away, and an erasure takes away, whatever is found.
func TestAddressesAreMentionedAsAWhole(t *testing.T) {
	ann := Person{Emails: []string{"Ann@example.com"}}
	umlaut := Person{Emails: []string{"ann@büro.example"}}
	for text, about := range map[string]bool{
		"ann@example.com":                           true,
		"Sent to ANN@EXAMPLE.COM.":                  true,
		"<ann@example.com>, 'ann@example.com'":      true,
		"mailto:ann@example.com?subject=x":          true,
		"/users/ann@example.com/edit":               true,
		"?email=ann@example.com&x=1":                true,
		"-ann@example.com":                          true,
		"...ann@example.com":                        true,
		"joann@example.com, then ann@example.com":   true,
		"annann@example.com":                        false,
		"joann@example.com":                         false,
		"jo.ann@example.com":                        false,
		"jo-ann@example.com and jo_ann@example.com": false,
		"jo+ann@example.com":                        false,
		"o'ann@example.com":                         false,
		"7ann@example.com":                          false,
		"\u00e9ann@example.com":                     false,
		"ann@example.community":                     false,
		"ann@example.org":                           false,
		"":                                          false,
	} {
		e := &record.Event{Text: text}
		if got := ann.About(e); got != about {
			t.Errorf("%q is about ann@example.com: %v", text, got)
		}
	}
	for text, about := range map[string]bool{"An ann@BÜRO.example.": true, "joann@büro.example": false, "éann@büro.example": false} {
		if got := umlaut.About(&record.Event{Text: text}); got != about {
			t.Errorf("%q is about ann@büro.example: %v", text, got)
		}
	}
}

// The id of a subject stays when an entry is anonymized, unless it is an address.
func TestAddressAsTheIDOfASubjectIsMentioned(t *testing.T) {
	p := Person{IDs: []string{"u_17"}, Emails: []string{"ann@example.com"}}
	for _, test := range []struct {
		subject record.Subject
		about   bool
		fields  []string
	}{
		{record.Subject{Type: "User", ID: "ann@example.com"}, true, []string{"subject"}},
		{record.Subject{Type: "Mailbox", ID: "imap:Ann@Example.com", Label: "ann@example.com"}, true, []string{"subject", "subject.label"}},
		{record.Subject{Type: "User", ID: "u_17"}, true, nil},
		{record.Subject{Type: "Booking", ID: "u_17"}, false, nil},
		{record.Subject{Type: "User", ID: "joann@example.com"}, false, nil},
	} {
		e := &record.Event{Subject: &test.subject}
		if got := p.About(e); got != test.about {
			t.Errorf("%+v is about them: %v", test.subject, got)
		}
		if got := p.Mentions(e); !slices.Equal(got, test.fields) {
			t.Errorf("%+v mentions them in %q", test.subject, got)
		}
	}
}

// One mailbox has many spellings, and an erasure that misses one leaves a person in the
// log.
func TestSpellingsOfAMailboxAreMentioned(t *testing.T) {
	spellings := []string{
		"müller@bücher.example", "mu\u0308ller@bu\u0308cher.example", "MÜLLER@xn--bcher-kva.example",
		"m%C3%BCller%40b%c3%bccher.example", "m%25C3%25BCller%2540xn--bcher-kva.example", `m\u00fcller@b\u00fccher.example`,
	}
	for _, named := range spellings {
		p := Person{Emails: []string{named}}
		for _, stored := range spellings {
			for what, e := range map[string]*record.Event{
				"initiator": {Initiator: &record.Initiator{Email: stored}},
				"id":        {Initiator: &record.Initiator{ID: stored}},
				"person":    {Persons: []string{stored}},
				"subject":   {Subject: &record.Subject{Type: "User", ID: stored}},
				"text":      {Text: "Sent to <" + stored + ">."},
				"params":    {Params: map[string]string{"to": stored}},
				"action":    {Action: &record.Action{Href: "/users?email=" + stored}},
				"ext":       {Ext: []byte(`{"to":["` + stored + `"]}`)},
				"details":   {Details: []byte(`{"` + stored + `":1}`)},
				"change":    {Changes: []record.Change{{Field: "to", Old: []byte(`"` + stored + `"`)}}},
			} {
				if !p.About(e) {
					t.Errorf("%+q as the %s is not about %+q", stored, what, named)
				}
			}
		}
		for _, other := range []string{"muller@bücher.example", "xmüller@bücher.example", "m%C3%BCller%40bücher.examplex", "müller@xn--bcher-kvb.example"} {
			if p.About(&record.Event{Text: other}) {
				t.Errorf("%+q is about %+q", other, named)
			}
		}
	}
}

func TestIDsAreComparedAsLetters(t *testing.T) {
	p := Person{IDs: []string{"mu\u0308ller"}}
	if !p.Is("müller") || p.Is("Müller") || p.Is("muller") {
		t.Error("an id is its letters, in their case")
	}
}
