package applog

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// Count counts what q asks for, up to most; more says that there are more than
// that. Limit and Cursor of q play no part.
func (a *Log) Count(ctx context.Context, q record.EventQuery, most int) (n int, more bool, err error) {
	err = a.view(func(txn *badger.Txn) error {
		n, err = a.newSearch(ctx, txn, &q, codec.Position(bytes.Repeat([]byte{0xff}, codec.PositionSize))).count(most + 1)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("counting events: %w", err)
	}
	return min(n, most), n > most, nil
}
