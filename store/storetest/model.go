package storetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// model is what a log should hold, in the simplest form there is.
type model struct {
	events []record.Event
	// told has what the application told, by id.
	told map[string][]string
}

// add takes an event as a log should, and reports whether it was new.
func (m *model) add(e record.Event) bool {
	content := told(e)
	if slices.Contains(m.told[e.ID], content) {
		return false
	}
	e.Marks = slices.Clone(e.Marks)
	if len(m.told[e.ID]) > 0 {
		e.Mark(record.MarkConflict)
	}
	if m.told == nil {
		m.told = map[string][]string{}
	}
	m.told[e.ID] = append(m.told[e.ID], content)
	m.events = append(m.events, stored(e))
	return true
}

// number gives each event the seq that a log gave it.
func (m *model) number(log []record.Event) error {
	seqs := map[string]uint64{}
	for _, e := range log {
		seqs[told(e)] = e.Seq
	}
	for i := range m.events {
		seq, ok := seqs[told(m.events[i])]
		if !ok {
			return fmt.Errorf("the log lacks %s", m.events[i].ID)
		}
		m.events[i].Seq = seq
	}
	return nil
}

// find is what a log should answer, all pages in one.
func (m *model) find(q query.Events) []record.Event {
	var out []record.Event
	for _, e := range m.events {
		if q.Match(&e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, newestFirst)
	return out
}

func newestFirst(a, b record.Event) int {
	return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.Seq, a.Seq))
}

// stored is e as a log returns it.
func stored(e record.Event) record.Event {
	e.Time, e.Received, e.Until = micros(e.Time), micros(e.Received), micros(e.Until)
	return e
}

func micros(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

// told is what of e the application told, and its id.
func told(e record.Event) string {
	e = stored(e)
	if e.Time.Equal(e.Received) {
		e.Time = time.Time{}
	}
	if slices.Contains(e.Marks, record.MarkNoOutcome) {
		e.Outcome = ""
	}
	e.Seq, e.Received, e.Marks = 0, time.Time{}, nil
	e.Status, e.Method, e.RequestID, e.Transport = 0, "", "", ""
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // the suite's own events always marshal
	}
	return string(b)
}
