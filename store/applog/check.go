package applog

import (
	"context"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/check"
)

// Check reads every event, and compares the events with all that points to them:
// ids, indexes, blocks and counts.
func (a *Log) Check(ctx context.Context) (check.Log, error) {
	var found check.Log
	err := a.view(func(txn *badger.Txn) error {
		c := appCheck{log: a, ctx: ctx, txn: txn}
		for _, part := range []func() error{c.events, c.personal, c.ids, c.indexes, c.blocks} {
			if err := part(); err != nil {
				return err
			}
		}
		if err := c.last(); err != nil {
			c.found.Add("the count of events", err)
		}
		found = c.found
		return nil
	})
	return found, err
}
