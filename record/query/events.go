package query

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/spelling"
)

// EventFilter names properties of events. Those of one kind are alternatives;
// every kind that is given must hold, and every word.
type EventFilter struct {
	Categories []string
	// Initiators are ids, e-mail addresses or names; Subjects are ids or
	// "Type:id". Both match whole values, without regard to case, in all their
	// [spelling.Spellings].
	Initiators, Subjects []string
	// Types are exact, or end in ".*" for all of a noun's.
	Types    []string
	Outcomes []string
	// Words are searched for in text, subject, initiator and type, without
	// regard to case. A word may have blanks in it.
	Words []string
}

// Events asks for events; zero fields ask for nothing in particular.
type Events struct {
	EventFilter
	// Not is what must not be: an event with one of these is left out.
	Not EventFilter
	// From and To bound Time: From ≤ Time < To.
	From, To time.Time
	// Limit is the page's size; Cursor continues after an earlier page.
	Limit  int
	Cursor string
}

var eventParams = []string{
	"category", "initiator", "subject", "type", "outcome",
	"from", "to", "q", "limit", "cursor",
}

var (
	typePattern = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}(\.\*)?$`)
)

// ParseEvents reads the parameters of GET events. Dates are meant in loc,
// ages before now. q is a search, with qualifiers ([EventQualifiers]) and free
// text. The error is a [*record.ParamError].
func ParseEvents(values url.Values, now time.Time, loc *time.Location) (Events, error) {
	p := newParams(values, eventParams, now, loc)
	q := Events{
		EventFilter: EventFilter{
			Categories: compact(values["category"]),
			Initiators: compact([]string{p.text("initiator")}),
			Subjects:   compact([]string{p.text("subject")}),
			Types:      compact([]string{p.text("type")}),
			Outcomes:   compact([]string{p.text("outcome")}),
		},
		Limit:  p.limit(),
		Cursor: p.text("cursor"),
	}
	q.From, q.To = p.times()
	p.check(q.EventFilter)
	p.search(&q)
	return q, p.err
}

// EventQualifiers are those that a search for events understands.
var EventQualifiers = []string{"category", "initiator", "subject", "type", "outcome", "after", "before"}

// search adds what q asks for to a query that has the other parameters.
func (p *params) search(q *Events) {
	terms, err := ParseEventTerms(p.text("q"))
	if p.err == nil {
		p.err = err
	}
	var named, not EventFilter
	for _, t := range terms {
		f := &named
		if t.Not {
			f = &not
		}
		switch t.Qualifier {
		case "category":
			f.Categories = append(f.Categories, t.Value)
		case "initiator":
			f.Initiators = append(f.Initiators, t.Value)
		case "subject":
			f.Subjects = append(f.Subjects, t.Value)
		case "type":
			f.Types = append(f.Types, t.Value)
		case "outcome":
			f.Outcomes = append(f.Outcomes, t.Value)
		case "after", "before":
			p.searchTime(q, t)
		default:
			f.Words = append(f.Words, t.Value)
		}
	}
	for _, f := range []EventFilter{named, not} {
		p.checkSearch(f)
	}
	q.And(named)
	q.Not = not
}

// searchTime narrows the query's time: "after:" a day begins with it, "before:"
// a day ends with the one ahead of it.
func (p *params) searchTime(q *Events, t Term) {
	at, err := ParseTime(t.Value, p.now, p.loc, false)
	switch {
	case t.Not:
		p.fail("q", "-"+t.Qualifier+":", record.TimeNegated)
	case err != nil:
		p.fail("q", t.Qualifier+":"+t.Value, record.NotTime)
	case t.Qualifier == "after" && at.After(q.From):
		q.From = at
	case t.Qualifier == "before" && (q.To.IsZero() || at.Before(q.To)):
		q.To = at
	}
}

// checkSearch is check for values that came in the search box.
func (p *params) checkSearch(f EventFilter) {
	box := params{err: p.err}
	box.check(f)
	var wrong *record.ParamError
	if errors.As(box.err, &wrong) && p.err == nil {
		p.fail("q", wrong.Param+":"+wrong.Value, wrong.Reason.Code, wrong.Reason.Args...)
	}
}

func (p *params) check(f EventFilter) {
	for _, c := range f.Categories {
		if !record.ValidCategory(c) {
			p.fail("category", c, record.NotCategory)
		}
	}
	for _, t := range f.Types {
		if !typePattern.MatchString(t) {
			p.fail("type", t, record.NotType)
		}
	}
	for _, o := range f.Outcomes {
		if o != record.OutcomeSuccess && o != record.OutcomeFailure && o != record.OutcomeDenied {
			p.fail("outcome", o, record.NotOneOf, "success, failure, denied")
		}
	}
}

// none is a filter value that no event has, for two filters that contradict
// each other.
const none = "\x00"

// shared lists what is in both.
func shared(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(v string) bool { return !slices.Contains(b, v) })
}

// And narrows f to what g asks for as well. Alternatives that both have stay; if
// there are none, nothing matches.
func (f *EventFilter) And(g EventFilter) {
	both := func(a *[]string, b []string) {
		switch {
		case len(*a) == 0:
			*a = b
		case len(b) > 0:
			if *a = shared(*a, b); len(*a) == 0 {
				*a = []string{none}
			}
		}
	}
	both(&f.Categories, g.Categories)
	both(&f.Initiators, g.Initiators)
	both(&f.Subjects, g.Subjects)
	both(&f.Types, g.Types)
	both(&f.Outcomes, g.Outcomes)
	f.Words = append(f.Words, g.Words...)
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
func (q *Events) Match(e *record.Event) bool {
	return inRange(e.Time, q.From, q.To) && q.EventFilter.holds(e) && !q.Not.touches(e)
}

// holds reports whether e has a value of every kind that is given, and all words.
func (f *EventFilter) holds(e *record.Event) bool {
	has := func(values []string, match func(string, *record.Event) bool) bool {
		return len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return match(v, e) })
	}
	return has(f.Categories, matchCategory) && has(f.Types, matchType) && has(f.Outcomes, matchOutcome) &&
		has(f.Subjects, matchSubject) && has(f.Initiators, matchInitiator) &&
		!slices.ContainsFunc(f.Words, func(w string) bool { return !contains(e, w) })
}

// touches reports whether e has any value that is named.
func (f *EventFilter) touches(e *record.Event) bool {
	has := func(values []string, match func(string, *record.Event) bool) bool {
		return slices.ContainsFunc(values, func(v string) bool { return match(v, e) })
	}
	return has(f.Categories, matchCategory) || has(f.Types, matchType) || has(f.Outcomes, matchOutcome) ||
		has(f.Subjects, matchSubject) || has(f.Initiators, matchInitiator) || slices.ContainsFunc(f.Words, func(w string) bool { return contains(e, w) })
}

func matchCategory(c string, e *record.Event) bool { return c == e.Category }

func matchOutcome(o string, e *record.Event) bool { return o == e.Outcome }

func matchType(t string, e *record.Event) bool {
	if noun, all := strings.CutSuffix(t, "*"); all {
		return strings.HasPrefix(e.Type, noun)
	}
	return t == e.Type
}

func matchSubject(v string, e *record.Event) bool {
	s := e.Subject
	return s != nil && (spelling.SameName(v, s.ID) || spelling.SameName(v, s.Type+":"+s.ID))
}

func matchInitiator(v string, e *record.Event) bool {
	i := e.Initiator
	return i != nil && (spelling.SameName(v, i.ID) || spelling.SameName(v, i.Email) || spelling.SameName(v, i.Name))
}

func contains(e *record.Event, needle string) bool {
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
