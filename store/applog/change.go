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

// do runs a job on the follower's goroutine, between two transactions, so that
// neither conflicts with the other. It does not wait for what was appended before to be
// applied. Once the job is queued, do waits for it even if ctx ends.
func (a *Log) do(ctx context.Context, job func() error) error {
	call := newCall(0)
	call.job = job
	if err := a.backlog.do(ctx, call); err != nil {
		return err
	}
	<-call.done
	return call.err
}

// rewrite is a transaction that removes entries or parts of them.
type rewrite struct {
	txn *badger.Txn
	end codec.Last
	// conflicts goes over the keys of later events with the same id; nil until
	// it is needed.
	conflicts *badger.Iterator
}

// change runs f in a transaction of its own, which is on the disk when change
// returns. After an error it may be on the disk or not.
func (a *Log) change(ctx context.Context, f func(*rewrite) error) error {
	return a.changeSettled(ctx, 0, f)
}

// changeSettled is [Log.change] for entries up to a number, which the journal does
// not have any more when f takes something away from them: else they would come back
// with it.
func (a *Log) changeSettled(ctx context.Context, last uint64, f func(*rewrite) error) error {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	return a.do(ctx, func() (err error) {
		defer kv.RecoverDamage(&err)
		if err := a.space.Check(); err != nil {
			return err
		}
		if last > 0 {
			if err := a.settle(last); err != nil {
				return err
			}
			for a.oldIndexes {
				if err := a.dropOldIndex(); err != nil {
					return err
				}
			}
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
		return a.commit(func() error { return errors.Join(txn.Commit(), a.syncDatabase()) })
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
		last := uint64(0)
		for _, at := range list[:n] {
			last = max(last, at.Seq())
		}
		some := func(c *rewrite) error {
			a.removals++
			a.tail.drop(list[:n])
			return c.each(list[:n], f)
		}
		err := a.changeSettled(ctx, last, some)
		for n > 1 && errors.Is(err, badger.ErrTxnTooBig) {
			n /= 2
			err = a.changeSettled(ctx, last, some)
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
		if err != nil { // it is damaged, and removed as what is shown for it
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

func (a *Log) set(ctx context.Context, name string, value []byte) error {
	if err := a.change(ctx, func(c *rewrite) error { return c.txn.Set(codec.SettingKey(name), value) }); err != nil {
		return fmt.Errorf("writing the setting %s: %w", name, err)
	}
	return nil
}

// Settings that are kept beside the entries.
const (
	settingCompaction = "owed"     // removed bytes may be on the disk
	settingRun        = "retained" // the last run of the retention
	settingPolicy     = "policy"
	settingLedger     = "ledger" // the state of the ledger that has been applied
)

// setting is the value of a setting; nil if there is none.
func (a *Log) setting(name string) (value []byte, err error) {
	err = a.viewNow(func(txn *badger.Txn) error {
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
