package serverlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// change is what happens to the segments at once: readers see all of it or
// nothing, and so does a crash.
type change struct {
	// add is the segment to be written, with its values, or nil.
	add        *blockMeta
	head, body []byte
	// remove are the segments that it takes the place of, or that are deleted.
	remove []blockMeta
	// next is the number of the next request.
	next uint64
	// mark, if any, is the import whose piece ends with this segment.
	imported *importCheckpoint
	// begin is the number of the first request of an import of which this is not
	// the last segment; finish says that it is.
	begin  *uint64
	finish bool
	// owed says that what is removed must leave the disk as well.
	compact bool
}

// wholeTransaction is how many bytes of values surely fit into a transaction
// together.
const wholeTransaction = kv.MaxValue * 3 / 4

// mostRemoved bounds how many segments one change removes.
const maxRemoved = 512

// apply makes a change and the stock that goes with it. Done twice it does what
// it does once: keys and values are the same. A body that does not fit into one
// transaction with the rest goes before it: without a head nobody sees it.
func (f *flusher) apply(c *change) error {
	if err := f.disk.Check(); err != nil {
		return err
	}
	if c.add != nil && len(c.head)+len(c.body) > wholeTransaction {
		if err := f.transaction(func(txn *badger.Txn) error { return txn.Set(c.add.bodyKey(), c.body) }); err != nil {
			return fmt.Errorf("writing the server log: %w", err)
		}
	}
	stock := f.manifest.after(c)
	f.log.blocks.Lock()
	defer f.log.blocks.Unlock()
	if err := f.transaction(func(txn *badger.Txn) error { return c.set(txn, stock) }); err != nil {
		return fmt.Errorf("writing the server log: %w", err)
	}
	f.manifest, f.unsynced = stock, true
	f.log.blocks.list = f.log.blocks.list.with(c.add, c.remove)
	return nil
}

func (f *flusher) transaction(set func(*badger.Txn) error) error {
	txn := f.log.db.NewTransaction(true)
	defer txn.Discard()
	if err := set(txn); err != nil {
		return err
	}
	return f.commit(txn)
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

// after is the stock when c has happened.
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

// seal makes a segment of what a builder holds, for the numbers first to last.
func (f *flusher) seal(b *block.Builder, first, last uint64, enc *zstd.Encoder) (c change) {
	head, body := b.Encode(enc, enc != f.quick)
	p := blockMeta{first: first, last: last}
	head, body = appendChecksum(p.headKey(), head), appendChecksum(p.bodyKey(), body)
	p, err := parseMeta(p.headKey(), head)
	if err != nil {
		panic("a block that was just made: " + err.Error())
	}
	p.body = len(body)
	return change{add: &p, head: slices.Clip(head), body: slices.Clip(body), next: last + 1}
}

// dropCovered deletes the segments that are part of another one. They are not in the
// stock.
func (f *flusher) dropCovered() error {
	for covered := range slices.Chunk(f.log.blocks.list.covered(), maxRemoved) {
		err := f.transaction(func(txn *badger.Txn) error {
			var errs []error
			for _, p := range covered {
				errs = append(errs, txn.Delete(p.headKey()), txn.Delete(p.bodyKey()))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			return fmt.Errorf("deleting blocks that were merged: %w", err)
		}
	}
	f.log.blocks.list = f.log.blocks.list.with(nil, f.log.blocks.list.covered())
	return nil
}
