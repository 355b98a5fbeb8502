package store

import (
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// damage counts events that are lost, wholly or in part: those that are marked,
// and those that have left no trace.
type damage struct{ marked, vanished uint64 }

func readDamage(txn *badger.Txn) (damage, error) {
	value, err := get(txn, []byte{keyDamage}, 1+8+8)
	if err != nil || value == nil {
		return damage{}, err
	}
	return damage{binary.BigEndian.Uint64(value[1:]), binary.BigEndian.Uint64(value[9:])}, nil
}

func (d damage) write(txn *badger.Txn) error {
	value := binary.BigEndian.AppendUint64([]byte{eventVersion}, d.marked)
	return txn.Set([]byte{keyDamage}, binary.BigEndian.AppendUint64(value, d.vanished))
}

// error says what to do about it; nil if there is none.
func (d damage) error() error {
	if d == (damage{}) {
		return nil
	}
	return fmt.Errorf("%d entries are damaged and cannot be read, or not wholly; restore the directory from a backup to have them back", d.marked+d.vanished)
}

// unreadable stands in for an entry that is damaged.
func unreadable(at eventPos, err error) record.Event {
	return record.Event{
		Seq:        at.seq(),
		Time:       at.time(),
		Received:   at.time(),
		Category:   record.CategoryGatebook,
		Type:       "gatebook.unreadable",
		Text:       fmt.Sprintf("This entry cannot be read: %v.", err),
		Impersonal: []string{"text"},
		Outcome:    record.OutcomeFailure,
		Transport:  "gate",
	}
}
