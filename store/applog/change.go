package applog

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// do runs a job on the committer's goroutine, between two transactions, so that
// neither conflicts with the other. Once the job is queued, do waits for it even
// if ctx ends.
func (a *Log) do(ctx context.Context, job func() error) error {
	call := newCall(0)
	call.job = job
	if err := a.queue.put(ctx, call); err != nil {
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

func (a *Log) set(ctx context.Context, name string, value []byte) error {
	if err := a.change(ctx, func(c *rewrite) error { return c.txn.Set(codec.SettingKey(name), value) }); err != nil {
		return fmt.Errorf("writing the setting %s: %w", name, err)
	}
	return nil
}
