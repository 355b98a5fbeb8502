package store

import (
	"context"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// agedRow is what retention wants to know of an entry. Anonymization counts from
// due, the later of its time and its until.
type agedRow struct {
	seq        uint64
	category   string
	time, due  time.Time
	anonymized bool
}

// eachAged calls f for all entries.
func (a *AppLog) eachAged(ctx context.Context, f func(agedRow) error) error {
	return a.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{indexTime}})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if a.closing() {
				return ErrClosed
			}
			at := eventPos(it.Item().Key()[1:])
			e, err := loadEvent(txn, at.seq())
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue // deleted, and its index is about to be
			}
			if err != nil {
				e = unreadable(at, err)
			}
			row := agedRow{at.seq(), e.Category, e.Time, e.Time, e.Anonymized}
			if e.Until.After(row.due) {
				row.due = e.Until
			}
			if err := f(row); err != nil {
				return err
			}
		}
		return nil
	})
}
