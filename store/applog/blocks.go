package applog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/kv"
)

// dropBlocks removes, as part of txn, the blocks that hold these entries. It must be
// called in the transaction that removes an entry or a part of it, with
// a.rewriting held until the commit. a.wakeBlocks has the blocks made again.
func dropBlocks(txn *badger.Txn, seqs ...uint64) error {
	dropped := map[uint64]bool{}
	for _, seq := range seqs {
		block := seq / search.BlockSeqs
		if dropped[block] {
			continue
		}
		dropped[block] = true
		if err := errors.Join(txn.Delete(codec.SeqKey(codec.KeyHead, block)), txn.Delete(codec.SeqKey(codec.KeyBlock, block))); err != nil {
			return err
		}
	}
	return nil
}

// wakeBlocks has missing blocks made soon. It never blocks.
func (a *Log) wakeBlocks() {
	select {
	case a.blocksDue <- struct{}{}:
	default: // notified already
	}
}

// invalidBlocks are the blocks that could not be read.
type invalidBlocks struct {
	mu      sync.Mutex
	numbers map[uint64]struct{}
}

// invalidate notes a block that cannot be read, and has it made again.
func (a *Log) invalidate(block uint64, err error) {
	a.invalid.mu.Lock()
	_, known := a.invalid.numbers[block]
	if a.invalid.numbers == nil {
		a.invalid.numbers = map[uint64]struct{}{}
	}
	a.invalid.numbers[block] = struct{}{}
	a.invalid.mu.Unlock()
	if !known {
		a.o.Log.Warn("what is searched of some entries cannot be read and is made again from them", "error", err)
	}
	a.wakeBlocks()
}

// take empties it.
func (s *invalidBlocks) take() (list []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for block := range s.numbers {
		list = append(list, block)
	}
	s.numbers = nil
	return list
}

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
	err := a.viewNow(func(txn *badger.Txn) error {
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
	err := a.viewNow(func(txn *badger.Txn) error { return a.gather(context.Background(), txn, b, block) })
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
