package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Damage counts events that are lost, wholly or in part: those that are marked,
// and those that no key refers to.
type Damage struct{ Marked, Vanished uint64 }

// ReadDamage reads the counts; they are zero while nothing is damaged.
func ReadDamage(txn *badger.Txn) (Damage, error) {
	value, err := Get(txn, []byte{KeyDamage}, 1+8+8)
	if err != nil || value == nil {
		return Damage{}, err
	}
	return Damage{binary.BigEndian.Uint64(value[1:]), binary.BigEndian.Uint64(value[9:])}, nil
}

// Write writes the counts as part of txn.
func (d Damage) Write(txn *badger.Txn) error {
	value := binary.BigEndian.AppendUint64([]byte{Version}, d.Marked)
	return txn.Set([]byte{KeyDamage}, binary.BigEndian.AppendUint64(value, d.Vanished))
}

// Err returns an error with a remedy, or nil if nothing is damaged.
func (d Damage) Err() error {
	if d == (Damage{}) {
		return nil
	}
	return fmt.Errorf("%d entries are damaged and cannot be read, or not wholly; restore the directory from a backup to have them back", d.Marked+d.Vanished)
}
