package applog

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// compact gives the disk back what was taken away, as [ServerLog.compact] does;
// see there. The memtables are written between two commits.
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
	owed, err := a.setting(settingCompaction)
	if err != nil || owed == nil {
		return err
	}
	taken := a.removalCount()
	if err := a.compact(ctx); err != nil {
		return err
	}
	return a.noteCompacted(ctx, taken)
}

// Owes reports whether the disk may hold what was taken away: a process died over it,
// or the log was opened from a backup and obeyed its ledger. [AppLog.Retain] pays.
func (a *Log) PendingCompaction() bool {
	owed, err := a.setting(settingCompaction)
	return err == nil && owed != nil
}

// takenAway tells how often something was taken away until now.
func (a *Log) removalCount() uint64 {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	return a.removals
}

// freed notes that the disk holds nothing any more of what had been taken away
// when takenAway said taken. What was taken away meanwhile is still owed.
func (a *Log) noteCompacted(ctx context.Context, taken uint64) error {
	return a.change(ctx, func(c *rewrite) error {
		if a.removals != taken {
			return nil
		}
		return c.txn.Delete(codec.SettingKey(settingCompaction))
	})
}
