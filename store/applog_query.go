package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// view runs fn on what is stored at this moment.
func (a *AppLog) view(fn func(*badger.Txn) error) (err error) {
	a.reading.RLock()
	defer a.reading.RUnlock()
	defer notice(&err)
	if a.closing() {
		return ErrClosed
	}
	defer a.readers.enter()()
	return a.db.View(fn)
}

func (a *AppLog) closing() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}

// Event returns one event, or record.ErrNotFound.
func (a *AppLog) Event(ctx context.Context, seq uint64) (e record.Event, err error) {
	if err := ctx.Err(); err != nil {
		return record.Event{}, err
	}
	err = a.view(func(txn *badger.Txn) error {
		e, err = loadEvent(txn, seq)
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
func (a *AppLog) Events(ctx context.Context, q query.Events) (page []record.Event, next string, err error) {
	limit := min(q.Limit, query.MaxLimit)
	if limit <= 0 {
		limit = query.DefaultLimit
	}
	newest, ok := eventPos(bytes.Repeat([]byte{0xff}, posSize)), true
	if q.Cursor != "" {
		if newest, err = parseEventCursor(q.Cursor); err != nil {
			return nil, "", err
		}
		newest, ok = newest.before()
	}
	if !ok {
		return nil, "", nil
	}
	err = a.view(func(txn *badger.Txn) error {
		page, err = a.newEventSearch(ctx, txn, &q, newest).page(limit + 1)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("listing events: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = eventCursor(newEventPos(page[limit-1].Time, page[limit-1].Seq))
	}
	return page, next, nil
}

// Categories lists the categories that have entries, in alphabetical order.
func (a *AppLog) Categories(ctx context.Context) (list []string, err error) {
	err = a.view(func(txn *badger.Txn) error {
		opts := badger.IteratorOptions{Prefix: []byte{indexCategory}}
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); {
			if err := ctx.Err(); err != nil {
				return err
			}
			name, _, _ := bytes.Cut(it.Item().Key()[1:], []byte{0})
			list = append(list, string(name))
			// On to the next name, past all entries of this one.
			it.Seek(append([]byte{indexCategory}, string(name)+"\x01"...))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing categories: %w", err)
	}
	return list, nil
}

func loadEvent(txn *badger.Txn, seq uint64) (record.Event, error) {
	item, err := txn.Get(seqKey(keyImpersonal, seq))
	if err != nil {
		return record.Event{}, err
	}
	return readEvent(txn, seq, item)
}

// readEvent reads the event whose impersonal part is item.
func readEvent(txn *badger.Txn, seq uint64, item *badger.Item) (record.Event, error) {
	e := record.Event{Seq: seq}
	if err := item.Value(func(v []byte) error { return decodeEvent(&e, v) }); err != nil {
		return e, err
	}
	item, err := txn.Get(seqKey(keyPersonal, seq))
	if errors.Is(err, badger.ErrKeyNotFound) {
		e.Anonymized = true
		return e, nil
	}
	if err != nil {
		return e, err
	}
	err = item.Value(func(v []byte) error { return decodeEvent(&e, v) })
	if errors.Is(err, errLost) { // the other part is intact
		e.Mark(record.MarkDamaged)
		err = nil
	}
	return e, err
}

func eventCursor(after eventPos) string { return query.FormatCursor(after[:]) }

func parseEventCursor(cursor string) (after eventPos, err error) {
	position, err := query.ParseCursor(cursor)
	if err == nil && len(position) != posSize {
		err = query.BadCursor(cursor)
	}
	copy(after[:], position)
	return after, err
}
