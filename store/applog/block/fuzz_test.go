package block

import (
	"testing"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Whatever the bytes are, reading them ends in an error or in an answer.
func FuzzReader(f *testing.F) {
	list := []record.Event{
		{Time: noon, Category: "booking", Type: "booking.created", Text: "A booking for Müller"},
		{Time: noon.Add(1000), Category: "login", Subject: &record.Subject{Type: "User", ID: "12"}, Params: map[string]string{"a": "b"}},
		{Time: noon, Category: "login", Initiator: &record.Initiator{ID: "u_1", Name: "Jo"}, Until: noon.Add(1000000)},
	}
	for n := range len(list) + 1 {
		head, value := block(list[:n], 0, 1<<20)
		f.Add(head[:len(head)-4], value[:len(value)-4])
	}
	for len(list) < 300 {
		list = append(list, list[len(list)-3])
	}
	head, value := block(list, 0, 1<<20)
	f.Add(head[:len(head)-4], value[:len(value)-4])
	terms := builder(list, 0).Terms()
	f.Add(terms[:len(terms)-4], value[:len(value)-4])
	q := NewQuestion(&query.Events{
		EventFilter: query.EventFilter{Words: []string{"o"}, Categories: []string{"login"}},
		Not:         query.EventFilter{Subjects: []string{"User:1"}, Initiators: []string{"u"}, Types: []string{"x.*"}, Words: []string{"ö"}},
	})
	var r Reader
	f.Fuzz(func(t *testing.T, head, value []byte) {
		// The checksum would keep everything else out.
		_, _ = ParseHead(appendSum(head, 0), 0)
		if terms, err := ParseTerms(appendSum(head, 0), 0); err == nil {
			terms.MayMatch(q)
		}
		if r.Open(appendSum(value, 0), 0) != nil {
			return
		}
		_, _ = r.Select(q)
		rows, err := r.All()
		if err != nil {
			return
		}
		for _, row := range rows {
			_ = r.Row(row)
		}
	})
}
