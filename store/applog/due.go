package applog

import (
	"context"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
)

// agedRow is what retention wants to know of an entry. Anonymization counts from
// due, the later of its time and its until.
type dueRow struct {
	seq        uint64
	category   string
	time, due  time.Time
	anonymized bool
}

// eachAged calls f for entries among which are all that happened before one time,
// and all that have a personal part and whose anonymization counts from before
// another. It reads entries themselves only where they are in no block.
func (a *Log) eachDue(ctx context.Context, before, due time.Time, f func(dueRow) error) error {
	return a.view(func(txn *badger.Txn) error {
		s := intervals{log: a, ctx: ctx, txn: txn}
		list, err := s.list(func(h *block.Head) bool {
			return h.Oldest.Before(before) || !h.Due.IsZero() && h.Due.Before(due)
		})
		for _, sp := range list {
			if err == nil {
				err = s.visit(sp, (*block.Reader).All, func(row int) error {
					r := &s.reader
					return f(dueRow{r.Seq(row), r.Category(row), r.Time(row), r.Due(row), r.Anonymized(row)})
				}, func(e *record.Event) error {
					return f(dueRow{e.Seq, e.Category, e.Time, block.Due(e), e.Anonymized})
				})
			}
		}
		return err
	})
}
