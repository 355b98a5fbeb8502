package applog

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// view runs fn on what is stored at this moment.
func (a *Log) view(fn func(*badger.Txn) error) (err error) {
	a.reading.RLock()
	defer a.reading.RUnlock()
	defer kv.RecoverDamage(&err)
	if a.closing() {
		return kv.ErrClosed
	}
	defer a.readers.Enter()()
	return a.db.View(fn)
}

func (a *Log) closing() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}

// Event returns one event, or record.ErrNotFound.
func (a *Log) Event(ctx context.Context, seq uint64) (e record.Event, err error) {
	if err := ctx.Err(); err != nil {
		return record.Event{}, err
	}
	err = a.view(func(txn *badger.Txn) error {
		e, err = codec.Load(txn, seq)
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		err = record.ErrNotFound
	}
	if err != nil {
		return record.Event{}, fmt.Errorf("event %d: %w", seq, err)
	}
	return e, nil
}

// Events returns a page of what q asks for, newest first by time and then by
// seq, and the cursor of the next page, which is empty when there is none. A
// limit of 0 means record.DefaultLimit, and none goes beyond record.MaxLimit. A
// cursor that is none is a *record.ParamError.
//
// An entry that cannot be read is shown as one that says so.
func (a *Log) Events(ctx context.Context, q record.EventQuery) (page []record.Event, next string, err error) {
	limit := min(q.Limit, record.MaxLimit)
	if limit <= 0 {
		limit = record.DefaultLimit
	}
	newest, ok := codec.Position(bytes.Repeat([]byte{0xff}, codec.PositionSize)), true
	if q.Cursor != "" {
		if newest, err = parseEventCursor(q.Cursor); err != nil {
			return nil, "", err
		}
		newest, ok = newest.Before()
	}
	if !ok {
		return nil, "", nil
	}
	err = a.view(func(txn *badger.Txn) error {
		page, err = a.newSearch(ctx, txn, &q, newest).page(limit + 1)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("listing events: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = eventCursor(codec.NewPosition(page[limit-1].Time, page[limit-1].Seq))
	}
	return page, next, nil
}

// Categories lists the categories that have entries, in alphabetical order.
func (a *Log) Categories(ctx context.Context) (list []string, err error) {
	err = a.view(func(txn *badger.Txn) error {
		opts := badger.IteratorOptions{Prefix: []byte{codec.IndexCategory}}
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); {
			if err := ctx.Err(); err != nil {
				return err
			}
			name, _, _ := bytes.Cut(it.Item().Key()[1:], []byte{0})
			list = append(list, string(name))
			// On to the next name, past all entries of this one.
			it.Seek(append([]byte{codec.IndexCategory}, string(name)+"\x01"...))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	return list, nil
}
