package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record/query"
)

// Count counts what q asks for, up to most; more says that there are more than
// that. Limit and Cursor of q play no part.
func (a *AppLog) Count(ctx context.Context, q query.Events, most int) (n int, more bool, err error) {
	err = a.view(func(txn *badger.Txn) error {
		n, err = a.newEventSearch(ctx, txn, &q, eventPos(bytes.Repeat([]byte{0xff}, posSize))).count(most + 1)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("counting events: %w", err)
	}
	return min(n, most), n > most, nil
}
