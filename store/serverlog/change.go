package serverlog

import (
	"encoding/binary"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/kv"
)

// change is an atomic change of the blocks: readers see all of it or nothing, and
// so does an open after a crash.
type change struct {
	// add is the block to be written, with its values, or nil.
	add        *blockMeta
	head, body []byte
	// remove are the blocks that it takes the place of, or that are deleted.
	remove []blockMeta
	// next is the number of the next request.
	next uint64
	// imported, if any, is the import whose chunk ends with this block.
	imported *importCheckpoint
	// begin is the number of the first request of an import of which this is not
	// the last block; finish says that it is.
	begin  *uint64
	finish bool
	// current says that the block was made of the flusher's current rows.
	current bool
	// compact says that the removed blocks must leave the disk as well.
	compact bool
}

func (c *change) set(txn *badger.Txn, s manifest) error {
	errs := []error{txn.Set([]byte(manifestKey), s.value())}
	for _, p := range c.remove {
		if c.add == nil || p.first != c.add.first || p.last != c.add.last {
			errs = append(errs, txn.Delete(p.headKey()), txn.Delete(p.bodyKey()))
		}
	}
	if c.add != nil {
		if len(c.head)+len(c.body) <= wholeTransaction {
			errs = append(errs, txn.Set(c.add.bodyKey(), c.body))
		}
		errs = append(errs, txn.Set(c.add.headKey(), c.head))
	}
	if c.begin != nil {
		errs = append(errs, txn.Set([]byte(unfinishedKey), binary.BigEndian.AppendUint64(nil, *c.begin)))
	}
	if c.finish {
		errs = append(errs, txn.Delete([]byte(unfinishedKey)))
	}
	if c.compact {
		errs = append(errs, txn.Set([]byte(compactionKey), nil))
	}
	if c.imported != nil {
		errs = append(errs, txn.Set(c.imported.key(), c.imported.value()))
	}
	return errors.Join(errs...)
}

// fits reports whether the values are not too large.
func (c *change) fits() bool { return max(len(c.head), len(c.body)) <= kv.MaxValue }

// after is the manifest when c has happened.
func (s manifest) after(c *change) manifest {
	s.next = max(s.next, c.next)
	for _, p := range c.remove {
		s.rows -= uint64(p.rows)
	}
	if c.add != nil {
		s.rows += uint64(c.add.rows)
	}
	return s
}

// importCheckpoint is the checkpoint of one import.
type importCheckpoint struct {
	id string
	ImportCheckpoint
}

func (m *importCheckpoint) key() []byte { return append([]byte{importPrefix}, m.id...) }

func (m *importCheckpoint) value() []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(m.Bytes)), m.Sum[:]...)
}

// ImportCheckpoint says how much of an import is stored.
type ImportCheckpoint struct {
	// Bytes of the imported file, uncompressed.
	Bytes int64
	// Sum is the SHA-256 of those bytes.
	Sum [32]byte
}

// wholeTransaction is how many bytes of values surely fit into a transaction
// together.
const wholeTransaction = kv.MaxValue * 3 / 4

// maxRemoved bounds how many blocks one change removes.
const maxRemoved = 512
