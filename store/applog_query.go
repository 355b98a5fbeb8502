package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
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
// limit of 0 means record.DefaultLimit, and none goes beyond record.MaxLimit. A
// cursor that is none is a *record.ParamError.
//
// An entry that cannot be read is shown as one that says so.
func (a *AppLog) Events(ctx context.Context, q record.EventQuery) (page []record.Event, next string, err error) {
	limit := min(q.Limit, record.MaxLimit)
	if limit <= 0 {
		limit = record.DefaultLimit
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
		s := newEventScan(txn, &q, newest)
		defer s.close()
		for at, ok := s.next(); ok; at, ok = s.next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if a.closing() {
				return ErrClosed
			}
			e, err := loadEvent(txn, at.seq())
			switch {
			case errors.Is(err, badger.ErrKeyNotFound):
				continue // deleted, and its index is about to be
			case err != nil:
				e = unreadable(at, err)
			}
			if !q.Match(&e) {
				continue
			}
			if len(page) == limit {
				next = eventCursor(newEventPos(page[limit-1].Time, page[limit-1].Seq))
				return nil
			}
			page = append(page, e)
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("listing events: %w", err)
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
	e := record.Event{Seq: seq}
	item, err := txn.Get(seqKey(keyImpersonal, seq))
	if err != nil {
		return e, err
	}
	if err := item.Value(func(v []byte) error { return decodeEvent(&e, v) }); err != nil {
		return e, err
	}
	item, err = txn.Get(seqKey(keyPersonal, seq))
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

// eventScan goes through some indexes at once, from the newest position down.
type eventScan struct {
	streams []*indexStream
	oldest  []byte // no position is below
}

// indexStream is one index.
type indexStream struct {
	it     *badger.Iterator
	prefix []byte
	at     eventPos
	ok     bool
}

// newEventScan starts at newest, or where q.To says if that is older. It may begin
// and end with positions that q does not ask for.
func newEventScan(txn *badger.Txn, q *record.EventQuery, newest eventPos) *eventScan {
	s := &eventScan{}
	if !q.From.IsZero() {
		from := newEventPos(q.From, 0)
		s.oldest = from[:]
	}
	if !q.To.IsZero() {
		if to := newEventPos(q.To, 1<<64-1); bytes.Compare(to[:], newest[:]) < 0 {
			newest = to
		}
	}
	for _, prefix := range queryIndex(q) {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
		st := &indexStream{it: it, prefix: prefix}
		it.Seek(slices.Concat(prefix, newest[:]))
		st.read()
		s.streams = append(s.streams, st)
	}
	return s
}

// next returns the newest eventPos that it has not returned yet.
func (s *eventScan) next() (at eventPos, ok bool) {
	var newest *indexStream
	for _, st := range s.streams {
		if st.ok && (newest == nil || bytes.Compare(st.at[:], newest.at[:]) > 0) {
			newest = st
		}
	}
	if newest == nil || bytes.Compare(newest.at[:], s.oldest) < 0 {
		return at, false
	}
	at = newest.at
	newest.it.Next()
	newest.read()
	return at, true
}

func (st *indexStream) read() {
	if st.ok = st.it.Valid(); st.ok {
		key := st.it.Item().Key()
		copy(st.at[:], key[len(key)-posSize:])
	}
}

func (s *eventScan) close() {
	for _, st := range s.streams {
		st.it.Close()
	}
}

// eventCursorVersion is the first byte of a cursor.
const eventCursorVersion = 1

func eventCursor(after eventPos) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{eventCursorVersion}, after[:]...))
}

func parseEventCursor(s string) (eventPos, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 1+posSize || b[0] != eventCursorVersion {
		return eventPos{}, record.BadCursor(s)
	}
	return eventPos(b[1:]), nil
}
