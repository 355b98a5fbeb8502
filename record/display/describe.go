package display

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// Description returns what an event says, in a sentence: its text, else its key
// with the parameters, else its type.
func Description(e *record.Event) string {
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

// Who returns the name of an event's initiator, and the e-mail address if there
// is a name beside it. An initiator without a name is shown by the address, or
// else by the id. Without an initiator it is "System", and for an anonymized
// event "Anonymous".
func Who(e *record.Event) (name, email string) {
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

// WhoLine is [Who] on one line: "Anna anna@example.com".
func WhoLine(e *record.Event) string {
	name, email := Who(e)
	if email == "" {
		return name
	}
	return name + " " + email
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

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
	return string(ReadableJSON(value))
}
