package appevent

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// fields turns members into Go values and remembers the first that breaks a
// rule. The value null means that a key is not there, as does an empty string:
// languages with typed structures send these for unset fields.
type fields struct{ fault *fault }

func (f *fields) refuse(m member, name, rule string) {
	if f.fault == nil {
		f.fault = &fault{reason: name + " " + rule, offset: m.offset}
	}
}

func (f *fields) string(m member, name string) string {
	switch {
	case m.value == "null":
		return ""
	case m.value[0] != '"':
		f.refuse(m, name, "must be a string")
		return ""
	}
	return unquote(m.value)
}

// text reads a string of at most max characters.
func (f *fields) text(m member, name string, max int) string {
	s := f.string(m, name)
	f.checkLength(m, name, s, max)
	return s
}

func (f *fields) checkLength(m member, name, s string, max int) {
	if len(s) > max && utf8.RuneCountInString(s) > max {
		f.refuse(m, name, "is longer than "+strconv.Itoa(max)+" characters")
	}
}

// token reads a name that needs no quoting anywhere.
func (f *fields) token(m member, name string) string {
	s := f.string(m, name)
	for i := range len(s) {
		if c := s[i]; !isBase64URL(c) && c != '.' && c != ':' || i == 64 {
			f.refuse(m, name, "must be 1 to 64 of the characters A-Z a-z 0-9 . _ : -")
			return ""
		}
	}
	return s
}

// id reads the application's name for something of its own. Databases count,
// so that a whole number is taken as well and kept as it is written.
func (f *fields) id(m member, name string) string {
	if c := m.value[0]; c == '-' || isDigit(c) {
		if strings.ContainsAny(m.value, ".eE") {
			f.refuse(m, name, "must be a string or a whole number")
		}
		return m.value
	}
	return f.name(m, name)
}

// name reads one line of text.
func (f *fields) name(m member, name string) string {
	s := f.text(m, name, maxName)
	if strings.ContainsFunc(s, unicode.IsControl) {
		f.refuse(m, name, "must not have control characters")
	}
	return s
}

// oneOf reads a string that is one of those allowed.
func (f *fields) oneOf(m member, name string, allowed ...string) string {
	s := f.string(m, name)
	if s == "" {
		return ""
	}
	for _, a := range allowed {
		if s == a {
			return a
		}
	}
	f.refuse(m, name, "must be one of "+strings.Join(allowed, ", "))
	return ""
}

// time reads RFC 3339; the zero time means that there is none.
func (f *fields) time(m member, name string) (t time.Time) {
	s := f.string(m, name)
	if s == "" {
		return t
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	// Beyond the year 9999 a time that is shown in another zone has no
	// RFC 3339 form.
	if year := t.UTC().Year(); err != nil || !strictTime(s) || year < 1 || year > 9999 {
		f.refuse(m, name, "must be an RFC 3339 time such as 2026-01-31T10:31:20+01:00")
		return time.Time{}
	}
	return t
}

// strictTime refuses what time.Parse takes for RFC 3339 though it is not
// (go.dev/issue/54580): an hour of one digit, a decimal comma, and zones of a
// day and more, with which a time cannot be written as JSON again.
func strictTime(s string) bool {
	if s[13] != ':' || strings.Contains(s, ",") {
		return false
	}
	return s[len(s)-1] == 'Z' || s[len(s)-5:len(s)-3] < "24" && s[len(s)-2:] < "60"
}

// object reads the members of an object. An empty array is taken for an empty
// object, because that is how PHP writes one.
func (f *fields) object(m member, name string) []member {
	if m.value == "null" || m.value == "[]" {
		return nil
	}
	if m.value[0] != '{' {
		f.refuse(m, name, "must be an object")
		return nil
	}
	members := make([]member, 0, 4)
	w := walker{text: m.value, keys: make([]string, 0, 4)}
	w.object(1, &members)
	return moved(members, m.offset)
}

// list reads the elements of an array of at most max.
func (f *fields) list(m member, name string, max int) []member {
	if m.value == "null" {
		return nil
	}
	if m.value[0] != '[' {
		f.refuse(m, name, "must be an array")
		return nil
	}
	var elements []member
	w := walker{text: m.value}
	w.array(1, &elements)
	if len(elements) > max {
		f.refuse(m, name, "has more than "+strconv.Itoa(max)+" entries")
		return nil
	}
	return moved(elements, m.offset)
}

// moved counts the offsets of members from where the text around them begins.
func moved(members []member, by int) []member {
	for i := range members {
		members[i].offset += by
	}
	return members
}
