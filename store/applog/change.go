package applog

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// between has the committer do a job between two of its transactions, so that
// neither conflicts with the other. It waits for the job whatever becomes of ctx
// once the job has its place.
func (a *Log) do(ctx context.Context, job func() error) error {
	call := newCall(0)
	call.job = job
	if err := a.queue.put(ctx, call); err != nil {
		return err
	}
	<-call.done
	return call.err
}

// rewrite is a transaction that takes entries, or parts of them, away.
type rewrite struct {
	txn *badger.Txn
	end codec.Last
	// conflicts goes over the keys of later events with the same id; nil until
	// it is needed.
	conflicts *badger.Iterator
}

// change runs f in a transaction of its own; what it did is on the disk when
// change returns. After an error it may be, or not.
func (a *Log) change(ctx context.Context, f func(*rewrite) error) error {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	return a.do(ctx, func() (err error) {
		defer kv.RecoverDamage(&err)
		if err := a.space.Check(); err != nil {
			return err
		}
		txn := a.db.NewTransaction(true)
		defer txn.Discard()
		before, err := codec.ReadLast(txn)
		if err != nil {
			return err
		}
		c := rewrite{txn: txn, end: before}
		err = f(&c)
		if c.conflicts != nil {
			c.conflicts.Close()
		}
		if err != nil {
			return err
		}
		if c.end != before {
			if err := c.end.Write(txn); err != nil {
				return err
			}
		}
		return a.commit(txn)
	})
}

// changeEach changes entries, as many in a transaction as it takes. An entry
// that is gone is passed over.
func (a *Log) changeEach(ctx context.Context, list []codec.Position, f func(*rewrite, *record.Event) error) error {
	const most = 64 // so that events need not wait long in between
	for len(list) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(most, len(list))
		some := func(c *rewrite) error {
			a.removals++
			return c.each(list[:n], f)
		}
		err := a.change(ctx, some)
		for n > 1 && errors.Is(err, badger.ErrTxnTooBig) {
			n /= 2
			err = a.change(ctx, some)
		}
		if err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (c *rewrite) each(list []codec.Position, f func(*rewrite, *record.Event) error) error {
	seqs := make([]uint64, len(list))
	for i, at := range list {
		seqs[i] = at.Seq()
		e, err := codec.Load(c.txn, at.Seq())
		if errors.Is(err, badger.ErrKeyNotFound) {
			continue
		}
		if err != nil { // it is damaged, and in the indexes as what is shown for it
			e = codec.Unreadable(at, err)
		}
		if err := f(c, &e); err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
	}
	if err := c.txn.Set(codec.SettingKey(settingCompaction), nil); err != nil {
		return err
	}
	return dropBlocks(c.txn, seqs...)
}

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

// Settings that are kept beside the entries.
const (
	settingCompaction = "owed"     // bytes of what was taken away may be on the disk
	settingRun        = "retained" // the last run of the retention
	settingPolicy     = "policy"
	settingLedger     = "ledger" // what of the ledger has been obeyed
)

// setting is the value of a setting; nil if there is none.
func (a *Log) setting(name string) (value []byte, err error) {
	err = a.view(func(txn *badger.Txn) error {
		item, err := txn.Get(codec.SettingKey(name))
		if err != nil {
			return err
		}
		value, err = item.ValueCopy([]byte{})
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the setting %s: %w", name, err)
	}
	return bytes.Clone(value), nil
}

func (a *Log) set(ctx context.Context, name string, value []byte) error {
	if err := a.change(ctx, func(c *rewrite) error { return c.txn.Set(codec.SettingKey(name), value) }); err != nil {
		return fmt.Errorf("writing the setting %s: %w", name, err)
	}
	return nil
}
