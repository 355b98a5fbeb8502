package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// maxTerms bounds how much one search asks for at once.
const maxTerms = 32

// Term is one part of a search: a word or a quoted text, or what follows a
// qualifier; with a "-" in front what is not wanted.
type Term struct {
	// Qualifier is "" for free text.
	Qualifier, Value string
	Not              bool
}

// String is [FormatTerm].
func (t Term) String() string { return FormatTerm(t.Qualifier, t.Value, t.Not) }

// ParseEventTerms takes a search for events apart. The error is a [*record.ParamError].
func ParseEventTerms(search string) ([]Term, error) { return searchTerms(search, EventQualifiers...) }

// searchError is what is wrong with a search, for whoever typed it.
func searchError(value string, code record.Code, args ...any) error {
	return record.Invalid("q", value, code, args...)
}

// searchTerms takes a search apart, as in
//
//	category:booking -type:login.* initiator:"Ada Lovelace" table "two words"
//
// A word with a colon is a qualifier unless it is quoted, begins with no letter
// (10:30) or is an address (https://…). One that is not known is an error.
func searchTerms(text string, known ...string) ([]Term, error) {
	var list []Term
	for text = strings.TrimLeft(text, " \t\r\n"); text != ""; text = strings.TrimLeft(text, " \t\r\n") {
		var t Term
		var err error
		if t.Not = text[0] == '-' && len(text) > 1 && !strings.ContainsRune(" \t\r\n", rune(text[1])); t.Not {
			text = text[1:]
		}
		if t.Qualifier = qualifierOf(text); t.Qualifier != "" {
			text = text[len(t.Qualifier)+1:]
			if !slices.Contains(known, t.Qualifier) {
				return nil, searchError(t.Qualifier+":", record.UnknownQualifier, strings.Join(known, ": ")+":")
			}
		}
		if t.Value, text, err = searchValue(text); err != nil {
			return nil, err
		}
		if t.Value == "" {
			if t.Qualifier != "" {
				return nil, searchError(t.Qualifier+":", record.NoValue)
			}
			continue
		}
		if list = append(list, t); len(list) > maxTerms {
			return nil, searchError("", record.TooManyTerms, strconv.Itoa(maxTerms))
		}
	}
	return list, nil
}

// qualifierOf is the name before the colon that text begins with, or "".
func qualifierOf(text string) string {
	name, rest, colon := strings.Cut(text, ":")
	if !colon || name == "" || strings.HasPrefix(rest, "//") {
		return ""
	}
	for i := range len(name) {
		c := name[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || name[i] != '_') {
			return ""
		}
	}
	return name
}

// searchValue reads the text that something begins with: up to a blank, or in
// quotation marks, where \" stands for one and \\ for a backslash.
func searchValue(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, " \t\r\n")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], nil
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", searchError(text, record.OpenQuote)
}

// FormatTerm writes a term such that a search reads it back: quoted where it
// must be. An empty qualifier stands for free text.
func FormatTerm(qualifier, value string, not bool) string {
	var b strings.Builder
	if not {
		b.WriteByte('-')
	}
	if qualifier != "" {
		b.WriteString(qualifier + ":")
	}
	if value == "" || strings.ContainsAny(value, " \t\r\n\"\\") ||
		qualifier == "" && (value[0] == '-' || qualifierOf(value) != "") ||
		qualifier != "" && strings.HasPrefix(value, "//") { // else it is an address
		value = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	b.WriteString(value)
	return b.String()
}
