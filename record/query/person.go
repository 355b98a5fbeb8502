package query

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/spelling"
)

// Person is somebody whom entries are about, by all ids and e-mail addresses
// that are known to be theirs.
type Person struct {
	IDs    []string `json:"ids"`
	Emails []string `json:"emails"`
}

// LearnID adds the id of who initiated e, if it was with one of the person's
// addresses.
func (p *Person) LearnID(e *record.Event) {
	if i := e.Initiator; i != nil && i.ID != "" && p.hasEmail(i.Email) && !p.hasID(i.ID) {
		p.IDs = append(p.IDs, i.ID)
	}
}

// LearnEmail adds the address of who initiated e, if it was with one of the
// person's ids.
func (p *Person) LearnEmail(e *record.Event) {
	if i := e.Initiator; i != nil && i.Email != "" && p.hasID(i.ID) && !p.hasEmail(i.Email) {
		p.Emails = append(p.Emails, i.Email)
	}
}

func (p *Person) hasEmail(s string) bool {
	return s != "" && slices.ContainsFunc(p.Emails, func(e string) bool { return spelling.SameMailbox(e, s) })
}

func (p *Person) hasID(s string) bool {
	return s != "" && slices.ContainsFunc(p.IDs, func(id string) bool { return spelling.SameText(id, s) })
}

// Is reports whether s is one of the person's ids or addresses, in any spelling.
func (p *Person) Is(s string) bool { return p.hasID(s) || p.hasEmail(s) }

// people are the types of subjects that are somebody.
var people = []string{"user", "person", "account", "member", "employee", "contact", "customer", "guest"}

// About reports whether e is about the person: they initiated it, it lists them
// among those whom it concerns, they are its subject, or it mentions one of their
// e-mail addresses.
func (p *Person) About(e *record.Event) bool {
	if i := e.Initiator; i != nil && (p.Is(i.ID) || p.hasEmail(i.Email)) {
		return true
	}
	if slices.ContainsFunc(e.Persons, p.Is) {
		return true
	}
	if s := e.Subject; s != nil && p.Is(s.ID) && slices.Contains(people, strings.ToLower(s.Type)) {
		return true
	}
	return len(p.Mentions(e)) > 0 || slices.ContainsFunc(jsonTexts(e.Ext), p.mentionedIn)
}

// Mentions lists the fields of e that mention one of the person's e-mail addresses,
// by the names that [record.Event.Impersonal] has for them; "subject" is the id of its
// subject.
func (p *Person) Mentions(e *record.Event) (fields []string) {
	add := func(field string, texts ...string) {
		if slices.ContainsFunc(texts, p.mentionedIn) && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	add("text", e.Text)
	if e.Subject != nil {
		add("subject", e.Subject.ID)
		add("subject.label", e.Subject.Label)
	}
	for _, value := range e.Params {
		add("params", value)
	}
	for _, c := range e.Changes {
		add("changes", append(append(jsonTexts(c.Old), jsonTexts(c.New)...), c.Field)...)
	}
	add("details", jsonTexts(e.Details)...)
	if e.Action != nil {
		add("action", e.Action.Href, e.Action.Label)
	}
	return fields
}

// mentionedIn looks for the addresses in all their spellings, in text as it is and
// without its escapes.
func (p *Person) mentionedIn(text string) bool {
	if p.plainlyMentionedIn(text) {
		return true
	}
	return spelling.Escaped(text) && p.plainlyMentionedIn(spelling.Unescape(text))
}

func (p *Person) plainlyMentionedIn(text string) bool {
	if !strings.Contains(text, "@") && !slices.ContainsFunc(p.Emails, withoutAt) {
		return false
	}
	text = spelling.Mailboxes(text)
	return slices.ContainsFunc(p.Emails, func(email string) bool {
		return email != "" && mentions(text, spelling.Mailbox(email))
	})
}

func withoutAt(address string) bool { return !strings.Contains(spelling.Unescape(address), "@") }

// mentions reports whether an address stands in text as a whole: joann@example.com
// is somebody else than ann@example.com, and so is ann@example.community.
func mentions(text, email string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], email)
		if at < 0 {
			return false
		}
		before, after := text[:from+at], text[from+at+len(email):]
		if next, _ := utf8.DecodeRuneInString(after); !isAddressWord(next) && !endsInAddress(before) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[from+at:])
		from += at + size
	}
}

// endsInAddress reports whether an address that goes on behind text would begin
// in it: with a letter or digit, or with a sign that joins one to the next.
func endsInAddress(text string) bool {
	last, size := utf8.DecodeLastRuneInString(text)
	if strings.ContainsRune("._-+'", last) {
		last, _ = utf8.DecodeLastRuneInString(text[:len(text)-size])
	}
	return isAddressWord(last)
}

func isAddressWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// jsonTexts are all strings in a JSON value, keys included.
func jsonTexts(raw json.RawMessage) (list []string) {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return []string{string(raw)}
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			list = append(list, v)
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for key, item := range v {
				list = append(list, key)
				walk(item)
			}
		}
	}
	walk(value)
	return list
}
