package applog

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
)

// EachEvent calls yield for every entry, in the order of their numbers. An entry
// that cannot be read is passed over. Nothing is held open while yield runs: it may
// write to somebody who reads slowly, and what is deleted meanwhile leaves the disk.
func (a *Log) EachEvent(ctx context.Context, yield func(*record.Event) error) error {
	return a.EachEventFrom(ctx, 0, yield)
}

// EachEventFrom is EachEvent from a number on.
func (a *Log) EachEventFrom(ctx context.Context, next uint64, yield func(*record.Event) error) error {
	for {
		var some []record.Event
		err := a.view(ctx, func(txn *badger.Txn) (err error) {
			some, next, err = a.someEvents(ctx, txn, next)
			return err
		})
		for i := range some {
			if err == nil {
				err = yield(&some[i])
			}
		}
		if err != nil || next == 0 {
			return err
		}
	}
}

// How many entries someEvents returns, and bytes of them, at the most: one more
// may be as large as it likes.
const (
	someEvents     = 256
	someEventBytes = 4 << 20
)

// someEvents returns entries from a number on, and that of the next one; 0 says
// that there are no more.
func (a *Log) someEvents(ctx context.Context, txn *badger.Txn, from uint64) (some []record.Event, next uint64, err error) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{codec.KeyImpersonal}})
	defer it.Close()
	bytes := 0
	for it.Seek(codec.SeqKey(codec.KeyImpersonal, from)); it.Valid(); it.Next() {
		if err := a.at(ctx, txn).Err(); err != nil {
			return nil, 0, err
		}
		seq, err := codec.ParseSeq(it.Item().Key())
		if err != nil {
			return nil, 0, err
		}
		if len(some) == someEvents || bytes > someEventBytes {
			return some, seq, nil
		}
		e, err := codec.Read(txn, seq, it.Item())
		if err != nil {
			continue
		}
		some = append(some, e)
		bytes += eventBytes(&e)
	}
	return some, 0, nil
}

// eventBytes is about what an entry's long fields take.
func eventBytes(e *record.Event) (n int) {
	n = len(e.Text) + len(e.Details) + len(e.Ext)
	for _, c := range e.Changes {
		n += len(c.Old) + len(c.New)
	}
	return n
}

// Event returns one event, or record.ErrNotFound.
func (a *Log) Event(ctx context.Context, seq uint64) (e record.Event, err error) {
	if err := ctx.Err(); err != nil {
		return record.Event{}, err
	}
	err = a.view(ctx, func(txn *badger.Txn) error {
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
// limit of 0 means query.DefaultLimit, and none goes beyond query.MaxLimit. A
// cursor that is none is a *record.ParamError.
//
// An entry that cannot be read is shown as one that says so.
func (a *Log) Events(ctx context.Context, q query.Events) (page []record.Event, next string, err error) {
	limit := min(q.Limit, query.MaxLimit)
	if limit <= 0 {
		limit = query.DefaultLimit
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
	err = a.view(ctx, func(txn *badger.Txn) error {
		page, err = search.New(a.at(ctx, txn), &q, newest).Page(limit + 1)
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
	err = a.view(ctx, func(txn *badger.Txn) (err error) {
		list, err = a.at(ctx, txn).Categories()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	return list, nil
}

// Count counts what q asks for, up to most; more says that there are more than
// that. Limit and Cursor of q play no part.
func (a *Log) Count(ctx context.Context, q query.Events, most int) (n int, more bool, err error) {
	err = a.view(ctx, func(txn *badger.Txn) error {
		n, err = search.New(a.at(ctx, txn), &q, codec.Position(bytes.Repeat([]byte{0xff}, codec.PositionSize))).Count(most + 1)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("counting events: %w", err)
	}
	return min(n, most), n > most, nil
}

func eventCursor(after codec.Position) string { return query.FormatCursor(after[:]) }

func parseEventCursor(cursor string) (after codec.Position, err error) {
	position, err := query.ParseCursor(cursor)
	if err == nil && len(position) != codec.PositionSize {
		err = query.BadCursor(cursor)
	}
	copy(after[:], position)
	return after, err
}
