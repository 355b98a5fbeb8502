package search

import (
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
)

// Due is what retention needs to know of an entry. Its anonymization counts from
// Due, the later of its time and its until.
type Due struct {
	Seq        uint64
	Category   string
	Time, Due  time.Time
	Anonymized bool
}

// EachDue calls f for entries among which are all that happened before one time,
// and all that have a personal part and whose anonymization counts from before
// another. It reads entries themselves only where they are in no block.
func (v *View) EachDue(before, due time.Time, f func(Due) error) error {
	b := blocks{View: v}
	list, err := b.list(func(h *block.Head) bool {
		return h.Oldest.Before(before) || !h.Due.IsZero() && h.Due.Before(due)
	})
	for _, in := range list {
		if err == nil {
			err = b.visit(in, (*block.Reader).All, func(row int) error {
				r := &b.reader
				return f(Due{r.Seq(row), r.Category(row), r.Time(row), r.Due(row), r.Anonymized(row)})
			}, func(e *record.Event) error {
				return f(Due{e.Seq, e.Category, e.Time, block.Due(e), e.Anonymized})
			})
		}
	}
	return err
}
