package applog

import (
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
)

// damage counts events that are lost, wholly or in part: those that are marked,
// and those that have left no trace.
type damage struct{ marked, vanished uint64 }

func readDamage(txn *badger.Txn) (damage, error) {
	value, err := codec.Get(txn, []byte{codec.KeyDamage}, 1+8+8)
	if err != nil || value == nil {
		return damage{}, err
	}
	return damage{binary.BigEndian.Uint64(value[1:]), binary.BigEndian.Uint64(value[9:])}, nil
}

func (d damage) write(txn *badger.Txn) error {
	value := binary.BigEndian.AppendUint64([]byte{codec.Version}, d.marked)
	return txn.Set([]byte{codec.KeyDamage}, binary.BigEndian.AppendUint64(value, d.vanished))
}

// error says what to do about it; nil if there is none.
func (d damage) error() error {
	if d == (damage{}) {
		return nil
	}
	return fmt.Errorf("%d entries are damaged and cannot be read, or not wholly; restore the directory from a backup to have them back", d.marked+d.vanished)
}
