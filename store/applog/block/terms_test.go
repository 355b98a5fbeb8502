package block

import (
	"fmt"
	"testing"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// A filter refuses nearly all that no entry has, opaque ones included, and takes a few
// bytes an entry.
func TestTermsRefuse(t *testing.T) {
	var b Builder
	b.Reset(0)
	for n := range MaxRows {
		e := record.Event{
			Seq: uint64(n), Time: noon, Category: "booking", Type: "booking.created",
			Subject:   &record.Subject{Type: "Booking", ID: fmt.Sprint(n)},
			Initiator: &record.Initiator{ID: fmt.Sprintf("u_%d", n%50), Name: "Jo", Email: "jo@example.com"},
		}
		if n == 7 {
			e.Text = string(make([]byte, maxRowText+1))
			e.Subject.ID = "rare"
		}
		b.Add(&e)
	}
	value := b.Terms()
	terms, err := ParseTerms(value, 0)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(f query.EventFilter) bool { return terms.MayMatch(NewQuestion(&query.Events{EventFilter: f})) }
	wrong := 0
	for n := range 10_000 {
		if ask(query.EventFilter{Subjects: []string{fmt.Sprintf("Booking:x%d", n)}}) {
			wrong++
		}
	}
	t.Logf("%d bytes, wrong for %d of 10,000", len(value), wrong)
	if wrong > 100 || len(value) > 4*MaxRows {
		t.Errorf("%d bytes, wrong for %d of 10,000", len(value), wrong)
	}
	for _, f := range []query.EventFilter{
		{}, {Subjects: []string{"nobody", "RARE"}}, {Types: []string{"x.*"}}, {Outcomes: []string{""}}, {Initiators: []string{"JO"}, Subjects: []string{"booking:12"}},
	} {
		if !ask(f) {
			t.Errorf("%+v is refused", f)
		}
	}
	if ask(query.EventFilter{Initiators: []string{"Jo"}, Categories: []string{"login"}}) {
		t.Error("a category that is not there is not refused")
	}
}
