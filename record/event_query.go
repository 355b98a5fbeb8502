package record

import (
	"net/url"
	"regexp"
	"strings"
	"time"
)

// EventQuery asks for events; zero fields ask for nothing in particular.
type EventQuery struct {
	// Categories are alternatives.
	Categories []string
	// Initiator is an id, an e-mail address or a name; Subject an id or
	// "Type:id". Both match whole values, without regard to case.
	Initiator, Subject string
	// Type is exact, or ends in ".*" for all of a noun's.
	Type    string
	Outcome string
	// From and To bound Time: From ≤ Time < To.
	From, To time.Time
	// Contains is searched for in text, subject, initiator and type, without
	// regard to case.
	Contains string
	// Limit is the page's size; Cursor continues after an earlier page.
	Limit  int
	Cursor string
}

var eventParams = []string{
	"category", "initiator", "subject", "type", "outcome",
	"from", "to", "q", "limit", "cursor",
}

var (
	categoryName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	typePattern  = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}(\.\*)?$`)
)

// ValidCategory reports whether name may name a category.
func ValidCategory(name string) bool { return categoryName.MatchString(name) }

// ParseEventQuery reads the parameters of GET events. Dates are meant in loc,
// ages before now. The error is a [*ParamError].
func ParseEventQuery(values url.Values, now time.Time, loc *time.Location) (EventQuery, error) {
	p := newParams(values, eventParams, now, loc)
	q := EventQuery{
		Categories: compact(values["category"]),
		Initiator:  p.text("initiator"),
		Subject:    p.text("subject"),
		Type:       p.text("type"),
		Outcome:    p.oneOf("outcome", OutcomeSuccess, OutcomeFailure, OutcomeDenied),
		Contains:   p.text("q"),
		Limit:      p.limit(),
		Cursor:     p.text("cursor"),
	}
	q.From, q.To = p.times()
	for _, c := range q.Categories {
		if !ValidCategory(c) {
			p.fail("category", c, "must be a lower-case word such as booking or login")
		}
	}
	if q.Type != "" && !typePattern.MatchString(q.Type) {
		p.fail("type", q.Type, "must be noun.verb (booking.created) or noun.* for all of a noun's")
	}
	return q, p.err
}

// compact drops empty values, which an unused form field sends.
func compact(list []string) []string {
	var out []string
	for _, v := range list {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Match reports whether e is asked for. Limit and Cursor play no part.
func (q *EventQuery) Match(e *Event) bool {
	return inRange(e.Time, q.From, q.To) &&
		q.matchCategory(e) && q.matchType(e) && q.matchSubject(e) && q.matchInitiator(e) &&
		(q.Outcome == "" || q.Outcome == e.Outcome) &&
		(q.Contains == "" || e.contains(q.Contains))
}

func (q *EventQuery) matchCategory(e *Event) bool {
	for _, c := range q.Categories {
		if c == e.Category {
			return true
		}
	}
	return len(q.Categories) == 0
}

func (q *EventQuery) matchType(e *Event) bool {
	if noun, all := strings.CutSuffix(q.Type, "*"); all {
		return strings.HasPrefix(e.Type, noun)
	}
	return q.Type == "" || q.Type == e.Type
}

func (q *EventQuery) matchSubject(e *Event) bool {
	if q.Subject == "" {
		return true
	}
	s := e.Subject
	return s != nil && (strings.EqualFold(q.Subject, s.ID) || strings.EqualFold(q.Subject, s.Type+":"+s.ID))
}

func (q *EventQuery) matchInitiator(e *Event) bool {
	if q.Initiator == "" {
		return true
	}
	i := e.Initiator
	return i != nil && (strings.EqualFold(q.Initiator, i.ID) ||
		strings.EqualFold(q.Initiator, i.Email) || strings.EqualFold(q.Initiator, i.Name))
}

func (e *Event) contains(needle string) bool {
	find := NewFinder(needle)
	if find.InAny(e.Text, e.Key, e.Type) {
		return true
	}
	if s := e.Subject; s != nil && find.InAny(s.Type, s.ID, s.Label) {
		return true
	}
	if i := e.Initiator; i != nil && find.InAny(i.ID, i.Name, i.Email) {
		return true
	}
	for _, v := range e.Params {
		if find.In(v) {
			return true
		}
	}
	return false
}
