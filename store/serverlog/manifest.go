package serverlog

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// manifest counts what has been written, so that a loss is noticed: the database
// drops what it cannot read without an error. It changes in the same transaction
// as the blocks that it counts.
type manifest struct {
	// next is the number of the next request.
	next uint64
	// rows is how many requests there are.
	rows uint64
}

func (s manifest) value() []byte {
	v := binary.BigEndian.AppendUint64(nil, s.next)
	return binary.BigEndian.AppendUint64(v, s.rows)
}

func readManifest(txn *badger.Txn) (s manifest, err error) {
	item, err := txn.Get([]byte(manifestKey))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return manifest{}, nil
	}
	if err != nil {
		return manifest{}, err
	}
	return s, item.Value(func(v []byte) error {
		if len(v) != 16 {
			return fmt.Errorf("the manifest has %d bytes", len(v))
		}
		s = manifest{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])}
		return nil
	})
}
