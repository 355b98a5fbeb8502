package applog

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// compact frees the disk space of removed entries. Badger drops deleted values
// when it compacts their tables, which may be never, and a memtable is in its log
// as well. Dropping a prefix that has a key flushes the memtables; flattening then
// compacts all tables into one level. Both keep what a reader still sees, so
// readers are waited for. The memtables are written between two commits.
func (a *Log) compact(ctx context.Context) error {
	if err := a.readers.Wait(ctx); err != nil {
		return fmt.Errorf("waiting for those who read what is deleted: %w", err)
	}
	err := a.do(ctx, func() (err error) {
		defer kv.RecoverDamage(&err)
		if err := a.space.Check(); err != nil {
			return err
		}
		if err := a.db.Update(func(txn *badger.Txn) error { return txn.Set([]byte{codec.KeyFlush}, nil) }); err != nil {
			return err
		}
		// Badger keeps what the oldest open transaction may read: that of the
		// committer has to begin after the last removal.
		a.snapshot.Renew(a.db)
		return a.db.DropPrefix([]byte{codec.KeyFlush})
	})
	if err == nil {
		err = a.flatten()
	}
	if err != nil {
		return fmt.Errorf("giving the disk back what is free: %w", err)
	}
	return nil
}

func (a *Log) flatten() (err error) {
	a.reading.RLock()
	defer a.reading.RUnlock()
	defer kv.RecoverDamage(&err)
	if a.closing() {
		return kv.ErrClosed
	}
	return a.db.Flatten(1)
}

// free gives the disk back if anything was taken away since that was done
// last, by this process or by one that died over it. Of two who free at once the
// second waits for the first: Badger's Flatten is not for two.
func (a *Log) compactPending(ctx context.Context) error {
	a.compacting.Lock()
	defer a.compacting.Unlock()
	pending, err := a.setting(settingCompaction)
	if err != nil || pending == nil {
		return err
	}
	taken := a.removalCount()
	if err := a.compact(ctx); err != nil {
		return err
	}
	return a.noteCompacted(ctx, taken)
}

// PendingCompaction reports whether the disk may hold removed entries: a process
// died before it compacted, or the log was opened from a backup and applied its
// ledger. [Log.Retain] compacts.
func (a *Log) PendingCompaction() bool {
	pending, err := a.setting(settingCompaction)
	return err == nil && pending != nil
}

// removalCount is how often something was removed so far.
func (a *Log) removalCount() uint64 {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	return a.removals
}

// noteCompacted notes that nothing removed before a removalCount is on the disk.
// After removals in the meantime a compaction is still pending.
func (a *Log) noteCompacted(ctx context.Context, taken uint64) error {
	return a.change(ctx, func(c *rewrite) error {
		if a.removals != taken {
			return nil
		}
		return c.txn.Delete(codec.SettingKey(settingCompaction))
	})
}
