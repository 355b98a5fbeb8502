package codec

import (
	"encoding/binary"

	"github.com/dgraph-io/badger/v4"
)

// Last is where the log ends: the last number given and how many events there
// are. It is read and written in each transaction, so that it is right whatever
// became of the one before.
type Last struct{ Seq, Entries uint64 }

// ReadLast reads the end of the log; it is zero for an empty log.
func ReadLast(txn *badger.Txn) (Last, error) {
	value, err := Get(txn, []byte{KeyLast}, 1+8+8)
	if err != nil || value == nil {
		return Last{}, err
	}
	return Last{binary.BigEndian.Uint64(value[1:]), binary.BigEndian.Uint64(value[9:])}, nil
}

// Write writes the end of the log as part of txn.
func (t Last) Write(txn *badger.Txn) error {
	value := binary.BigEndian.AppendUint64([]byte{Version}, t.Seq)
	return txn.Set([]byte{KeyLast}, binary.BigEndian.AppendUint64(value, t.Entries))
}
