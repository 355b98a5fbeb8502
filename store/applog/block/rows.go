package block

import (
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Row is what a block knows of an entry without reading its texts.
type Row struct {
	Seq uint64
	// The anonymization of the entry counts from Due.
	Time, Due time.Time
	Category  string
	// Anonymized says that it has no personal part, and Opaque that the entry itself
	// has to be read.
	Anonymized, Opaque bool
}

// Rows are the entries of a block in the making. They may be read while entries are
// added.
type Rows struct {
	number uint64
	rows   []row
}

// Rows returns the entries that were added.
func (b *Builder) Rows() Rows { return Rows{b.number, b.rows[:len(b.rows):len(b.rows)]} }

// Number is the number of the block.
func (r Rows) Number() uint64 { return r.number }

// Each calls f for the entries up to a number that q asks for, and for those that are
// opaque and in time. No q asks for all.
func (r Rows) Each(q *query.Events, last uint64, f func(Row) error) error {
	var s sample
	for i := range r.rows {
		row := &r.rows[i]
		x := Row{
			Seq:  r.number*MaxRows + uint64(row.offset),
			Time: fromMicros(row.time), Due: fromMicros(row.due), Category: row.names[category],
			Anonymized: row.flags&anonymized != 0, Opaque: row.flags&opaque != 0,
		}
		if x.Seq > last {
			return nil
		}
		if q != nil && !s.matches(row, x, q) {
			continue
		}
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// sample is an event that is made of one row after the other.
type sample struct {
	event     record.Event
	subject   record.Subject
	initiator record.Initiator
}

func (s *sample) matches(r *row, x Row, q *query.Events) bool {
	if x.Opaque {
		return (q.From.IsZero() || !x.Time.Before(q.From)) && (q.To.IsZero() || x.Time.Before(q.To))
	}
	s.event = record.Event{
		Time: x.Time, Category: x.Category, Type: r.names[eventType], Outcome: r.names[outcome],
		Text: r.texts[text], Key: r.texts[key],
	}
	if r.flags&hasSubject != 0 {
		s.subject = record.Subject{Type: r.names[subjectType], ID: r.names[subjectID], Label: r.texts[label]}
		s.event.Subject = &s.subject
	}
	if r.flags&hasInitiator != 0 {
		s.initiator = record.Initiator{ID: r.names[initiatorID], Name: r.names[initiatorName], Email: r.names[initiatorEmail]}
		s.event.Initiator = &s.initiator
	}
	if len(r.params) > 0 && len(q.Words)+len(q.Not.Words) > 0 {
		s.event.Params = make(map[string]string, len(r.params))
		for i, value := range r.params { // the names are not searched
			s.event.Params[fmt.Sprint(i)] = value
		}
	}
	return q.Match(&s.event)
}
