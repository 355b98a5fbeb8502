package applog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// blockLoop makes blocks until the log is closed.
func (a *Log) blockLoop() {
	defer close(a.blocksDone)
	for {
		select {
		case <-a.stop:
			return
		case <-a.blocksDue:
		}
		if err := a.makeBlocks(); err != nil && !errors.Is(err, kv.ErrClosed) {
			a.o.Log.Error("searching the application log stays slow for some entries", "error", err)
		}
	}
}

// makeBlocks makes the blocks that are missing or could not be read.
func (a *Log) makeBlocks() error {
	due := a.invalid.take()
	err := a.view(func(txn *badger.Txn) error {
		missing, err := a.missingBlocks(txn)
		due = append(due, missing...)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(due)
	var b block.Builder
	for _, block := range slices.Compact(due) {
		if a.closing() {
			return kv.ErrClosed
		}
		if err := a.makeBlock(&b, block); err != nil {
			return fmt.Errorf("making block %d: %w", block, err)
		}
	}
	return nil
}

// missingBlocks are those that could be there and are not.
func (a *Log) missingBlocks(txn *badger.Txn) (missing []uint64, err error) {
	first, end, err := a.at(context.Background(), txn).BlockRange()
	if err != nil {
		return nil, err
	}
	next := first
	err = a.at(context.Background(), txn).EachKey(codec.KeyHead, func(item *badger.Item) error {
		block, err := codec.ParseSeq(item.Key())
		for ; err == nil && next < min(block, end); next++ {
			missing = append(missing, next)
		}
		next = max(next, block+1)
		return err
	})
	for ; next < end; next++ {
		missing = append(missing, next)
	}
	return missing, err
}

// maxBlock keeps the two values within one of Badger's and within a transaction.
const maxBlock = kv.MaxValue - 4<<10

// makeBlock writes a block of the entries as they are now.
func (a *Log) makeBlock(b *block.Builder, block uint64) error {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	err := a.view(func(txn *badger.Txn) error { return a.gather(context.Background(), txn, b, block) })
	if err != nil {
		return err
	}
	head, value := b.Encode(maxBlock)
	return a.do(context.Background(), func() (err error) {
		defer kv.RecoverDamage(&err)
		if err := a.space.Check(); err != nil {
			return err
		}
		return a.db.Update(func(txn *badger.Txn) error {
			return errors.Join(txn.Set(codec.SeqKey(codec.KeyHead, block), head), txn.Set(codec.SeqKey(codec.KeyBlock, block), value))
		})
	})
}

// gather puts the entries of a block into b.
func (a *Log) gather(ctx context.Context, txn *badger.Txn, b *block.Builder, block uint64) error {
	b.Reset(block)
	return a.at(ctx, txn).EachOfBlock(block, func(e *record.Event) error {
		b.Add(e)
		return nil
	})
}
