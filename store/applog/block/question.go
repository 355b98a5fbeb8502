package block

import (
	"fmt"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/record/spelling"
)

// Question is a [query.Events] made ready to be asked of many blocks. It is for
// one goroutine at a time.
type Question struct {
	from, to   time.Time
	conditions []condition
	// terms are hashes: of each list, an entry must have one.
	terms []alternatives
}

// condition is what must hold of a row, or must not.
type condition struct {
	want bool
	// test returns which rows of a block it holds of; nil means none.
	test func(r *Reader) (func(row int) bool, error)
}

// NewQuestion makes a question of q; Limit and Cursor play no part.
func NewQuestion(q *query.Events) *Question {
	n := &Question{from: q.From, to: q.To}
	n.add(true, &q.EventFilter)
	n.add(false, &q.Not)
	n.addTerms(&q.EventFilter)
	// Words are what costs most: they come last.
	for _, word := range q.Words {
		n.conditions = append(n.conditions, condition{true, NewWord(word).test})
	}
	for _, word := range q.Not.Words {
		n.conditions = append(n.conditions, condition{false, NewWord(word).test})
	}
	return n
}

// add adds a condition for each kind of property that f names.
func (n *Question) add(want bool, f *query.EventFilter) {
	add := func(values []string, test func(r *Reader) (func(int) bool, error)) {
		if len(values) > 0 {
			n.conditions = append(n.conditions, condition{want, test})
		}
	}
	add(f.Categories, among(category, func(s string) bool { return slices.Contains(f.Categories, s) }))
	add(f.Outcomes, among(outcome, func(s string) bool { return slices.Contains(f.Outcomes, s) }))
	types := query.Events{EventFilter: query.EventFilter{Types: f.Types}}
	add(f.Types, among(eventType, func(s string) bool { return types.Match(&record.Event{Type: s}) }))
	add(f.Subjects, subjects(f.Subjects))
	add(f.Initiators, initiators(f.Initiators))
}

// Select returns the rows that q asks for, and those that are opaque and in time.
func (r *Reader) Select(q *Question) ([]int, error) {
	rows := grown(r.rows, r.Rows())[:0]
	defer func() { r.rows = rows }()
	for row := range r.Rows() {
		at := fromMicros(r.times[row])
		if (q.from.IsZero() || !at.Before(q.from)) && (q.to.IsZero() || at.Before(q.to)) {
			rows = append(rows, row)
		}
	}
	for _, c := range q.conditions {
		if len(rows) == 0 {
			break
		}
		holds, err := c.test(r)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", r.number, err)
		}
		rows = slices.DeleteFunc(rows, func(row int) bool {
			return r.flags[row]&opaque == 0 && (holds != nil && holds(row)) != c.want
		})
	}
	return rows, nil
}

// answers are what is known of the strings of a dictionary; each is looked at
// once, and only if a row has it.
type answers struct {
	of    *texts
	match func(string) bool
	known []byte
}

const (
	unknown = iota
	matches
	differs
)

func newAnswers(of *texts, match func(string) bool) *answers {
	return &answers{of, match, make([]byte, of.len())}
}

func (a *answers) fit(n uint16) bool {
	if a.known[n] == unknown {
		a.known[n] = differs
		if a.match(a.of.get(n)) {
			a.known[n] = matches
		}
	}
	return a.known[n] == matches
}

// among tests one column.
func among(column int, match func(string) bool) func(*Reader) (func(int) bool, error) {
	return func(r *Reader) (func(int) bool, error) {
		if err := r.readNames(); err != nil {
			return nil, err
		}
		fits, numbers := newAnswers(&r.name, match), r.nameOf[column]
		return func(row int) bool { return fits.fit(numbers[row]) }, nil
	}
}

func initiators(values []string) func(*Reader) (func(int) bool, error) {
	return func(r *Reader) (func(int) bool, error) {
		if err := r.readNames(); err != nil {
			return nil, err
		}
		fits := newAnswers(&r.name, func(s string) bool { return containsName(values, s) })
		return func(row int) bool {
			return r.flags[row]&hasInitiator != 0 && (fits.fit(r.nameOf[initiatorID][row]) ||
				fits.fit(r.nameOf[initiatorEmail][row]) || fits.fit(r.nameOf[initiatorName][row]))
		}, nil
	}
}

// subjects tests the id first, which must be a value or the end of one; few are.
func subjects(values []string) func(*Reader) (func(int) bool, error) {
	var ends []string
	for _, v := range values {
		ends = append(ends, v)
		for i := range len(v) {
			if v[i] == ':' {
				ends = append(ends, v[i+1:])
			}
		}
	}
	subject := query.Events{EventFilter: query.EventFilter{Subjects: values}}
	return func(r *Reader) (func(int) bool, error) {
		if err := r.readNames(); err != nil {
			return nil, err
		}
		fits := newAnswers(&r.name, func(s string) bool { return containsName(ends, s) })
		return func(row int) bool {
			id := r.nameOf[subjectID][row]
			return r.flags[row]&hasSubject != 0 && fits.fit(id) && subject.Match(&record.Event{
				Subject: &record.Subject{Type: r.name.get(r.nameOf[subjectType][row]), ID: r.name.get(id)},
			})
		}, nil
	}
}

func containsName(values []string, s string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return spelling.SameName(v, s) })
}
