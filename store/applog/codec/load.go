package codec

import (
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// Load reads an event, or badger.ErrKeyNotFound.
func Load(txn *badger.Txn, seq uint64) (record.Event, error) {
	item, err := txn.Get(SeqKey(KeyImpersonal, seq))
	if err != nil {
		return record.Event{}, err
	}
	return Read(txn, seq, item)
}

// Read reads the event whose impersonal part is item.
func Read(txn *badger.Txn, seq uint64, item *badger.Item) (record.Event, error) {
	e := record.Event{Seq: seq}
	if err := item.Value(func(v []byte) error { return Decode(&e, v) }); err != nil {
		return e, err
	}
	item, err := txn.Get(SeqKey(KeyPersonal, seq))
	if errors.Is(err, badger.ErrKeyNotFound) {
		e.Anonymized = true
		return e, nil
	}
	if err != nil {
		return e, err
	}
	err = item.Value(func(v []byte) error { return Decode(&e, v) })
	if errors.Is(err, ErrLost) { // the other part is intact
		e.Mark(record.MarkDamaged)
		err = nil
	}
	return e, err
}

// LostTime is the time at which lists show an event that is marked as lost; ok is
// false where its impersonal part has none.
func LostTime(item *badger.Item) (at time.Time, ok bool) {
	_ = item.Value(func(v []byte) error { at, ok = lostTime(v); return nil })
	return at, ok
}

// Unreadable stands in for an entry that is damaged.
func Unreadable(at Position, err error) record.Event {
	return record.Event{
		Seq:        at.Seq(),
		Time:       at.Time(),
		Received:   at.Time(),
		Category:   record.CategoryGatebook,
		Type:       "gatebook.unreadable",
		Text:       fmt.Sprintf("This entry cannot be read: %v.", err),
		Impersonal: []string{"text"},
		Outcome:    record.OutcomeFailure,
		Transport:  "gate",
	}
}
