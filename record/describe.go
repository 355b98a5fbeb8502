package record

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What follows is how records are put in words. The words are as unsafe to
// show as what they were made of: see [Visible].

// Description is what an event says, in a sentence. One whose text was taken
// from it still has its type, and one that has a key instead is told by that.
func (e *Event) Description() string {
	switch {
	case e.Text != "":
		return e.Text
	case e.Key == "":
		return Words(e.Type)
	case len(e.Params) == 0:
		return Words(e.Key)
	}
	params := make([]string, 0, len(e.Params))
	for name, value := range e.Params {
		params = append(params, name+" "+value)
	}
	slices.Sort(params)
	return Words(e.Key) + ": " + strings.Join(params, ", ")
}

// Who is the name of who did it, and the e-mail address if there is one beside
// the name. Somebody without a name goes by the address, or else by the id.
// Nobody is "System", and somebody no longer known is "Anonymous".
func (e *Event) Who() (name, email string) {
	if e.Anonymized {
		return "Anonymous", ""
	}
	if i := e.Initiator; i != nil {
		switch {
		case !blank(i.Name) && !blank(i.Email):
			return i.Name, i.Email
		case !blank(i.Name):
			return i.Name, ""
		case !blank(i.Email):
			return i.Email, ""
		case !blank(i.ID):
			return i.ID, ""
		}
	}
	return "System", ""
}

// WhoLine is [Event.Who] on one line: "Anna anna@example.com".
func (e *Event) WhoLine() string {
	name, email := e.Who()
	if email == "" {
		return name
	}
	return name + " " + email
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// String is how a subject is shown: "Booking - 45887", or "" for none.
func (s *Subject) String() string {
	switch {
	case s == nil:
		return ""
	case s.Type == "" || s.ID == "":
		return s.Type + s.ID
	}
	return s.Type + " - " + s.ID
}

// Words makes a phrase of a name: "booking.created" is "Booking created".
func Words(name string) string {
	s := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("._:-", r) }), " ")
	if s == "" {
		return name
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// PlainValue shows a JSON value as people would write it: without the quotes
// of a string, and "-" where there is none. An empty string keeps its quotes.
func PlainValue(value json.RawMessage) string {
	if len(value) == 0 {
		return "-"
	}
	var text string // stays empty if value is null
	if json.Unmarshal(value, &text) == nil && text != "" {
		return text
	}
	return string(value)
}

// Address is the client's, or "" if it is not known.
func (r *Request) Address() string {
	if !r.IP.IsValid() {
		return ""
	}
	return r.IP.String()
}

// Target is what was asked for: the path and the query.
func (r *Request) Target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// Network is the number and the name of the network: "AS3320 Deutsche Telekom
// AG", or "" if it is not known.
func (r *Request) Network() string {
	if r.ASN == 0 {
		return ""
	}
	return strings.TrimSpace("AS" + strconv.FormatUint(uint64(r.ASN), 10) + " " + r.ASOrg)
}
