package serverlog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// apply makes a change and the manifest that goes with it. Done twice it does what
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
	next := f.manifest.after(c)
	f.log.blocks.Lock()
	defer f.log.blocks.Unlock()
	if err := f.transaction(func(txn *badger.Txn) error { return c.set(txn, next) }); err != nil {
		return fmt.Errorf("writing the server log: %w", err)
	}
	f.manifest, f.unsynced = next, true
	if !c.current && f.current.touched(c) {
		f.current.stale = true
	}
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

// dropCovered deletes the blocks that are part of another one. They are not in the
// manifest.
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
