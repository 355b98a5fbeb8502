package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// tail is where the log ends: the last number given and how many events there
// are. It is read and written in each transaction, so that it is right whatever
// became of the one before.
type tail struct{ seq, entries uint64 }

func readTail(txn *badger.Txn) (tail, error) {
	value, err := get(txn, []byte{keyTail}, 1+8+8)
	if err != nil || value == nil {
		return tail{}, err
	}
	return tail{binary.BigEndian.Uint64(value[1:]), binary.BigEndian.Uint64(value[9:])}, nil
}

func (t tail) write(txn *badger.Txn) error {
	value := binary.BigEndian.AppendUint64([]byte{eventVersion}, t.seq)
	return txn.Set([]byte{keyTail}, binary.BigEndian.AppendUint64(value, t.entries))
}

// get reads a value of the given size that starts with the version; nil means
// that there is none.
func get(txn *badger.Txn, key []byte, size int) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", key, err)
	}
	value, err := item.ValueCopy(nil)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %q: %w", key, err)
	case len(value) > 0 && value[0] != eventVersion:
		return nil, fmt.Errorf("reading %q: format %d: %w", key, value[0], ErrNewer)
	case len(value) != size:
		return nil, fmt.Errorf("reading %q: %w", key, errTruncated)
	}
	return value, nil
}
