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

// kindsOfBlock are the keys of a block, which are written and deleted together.
var kindsOfBlock = []byte{codec.KeyHead, codec.KeyBlock, codec.KeyTerms}

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
		for _, kind := range kindsOfBlock {
			if err := txn.Delete(codec.SeqKey(kind, block)); err != nil {
				return err
			}
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
	if err := a.dropOldIndexes(context.Background()); err != nil {
		return err
	}
	if !a.tail.known() {
		if err := a.do(context.Background(), a.loadTail); err != nil {
			return err
		}
	}
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
	a.takingOver.Store(false)
	return nil
}

// missingBlocks are those that could be there and are not, or not wholly. Older
// versions wrote no terms.
func (a *Log) missingBlocks(txn *badger.Txn) (missing []uint64, err error) {
	view := a.at(context.Background(), txn)
	first, end, err := view.BlockRange()
	if err != nil {
		return nil, err
	}
	for _, kind := range []byte{codec.KeyHead, codec.KeyTerms} {
		next := first
		err := view.EachKey(kind, func(item *badger.Item) error {
			block, err := codec.ParseSeq(item.Key())
			for ; err == nil && next < min(block, end); next++ {
				missing = append(missing, next)
			}
			next = max(next, block+1)
			return err
		})
		if err != nil {
			return nil, err
		}
		for ; next < end; next++ {
			missing = append(missing, next)
		}
	}
	return missing, nil
}

// maxBlock keeps a block, its head and its terms within a transaction, and each within
// a value of Badger's. Terms may take 50 KiB.
const maxBlock = kv.MaxValue - 16<<10

// encodedBlock are the values of a block.
type encodedBlock struct {
	number             uint64
	head, block, terms []byte
}

func encodeBlock(b *block.Builder) encodedBlock {
	head, block := b.Encode(maxBlock)
	return encodedBlock{b.Number(), head, block, b.Terms()}
}

// value is the value of one of kindsOfBlock.
func (e *encodedBlock) value(kind byte) []byte {
	switch kind {
	case codec.KeyHead:
		return e.head
	case codec.KeyBlock:
		return e.block
	}
	return e.terms
}

// makeBlock writes a block of the entries as they are now.
func (a *Log) makeBlock(b *block.Builder, block uint64) error {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	err := a.viewNow(func(txn *badger.Txn) error { return a.gather(context.Background(), txn, b, block) })
	if err != nil {
		return err
	}
	encoded := encodeBlock(b)
	return a.do(context.Background(), func() error { return a.writeBlock(encoded) })
}

// writeBlock writes a block. It runs on the goroutine of the follower.
func (a *Log) writeBlock(e encodedBlock) (err error) {
	defer kv.RecoverDamage(&err)
	if err := a.space.Check(); err != nil {
		return err
	}
	return a.db.Update(func(txn *badger.Txn) (err error) {
		for _, kind := range kindsOfBlock {
			err = errors.Join(err, txn.Set(codec.SeqKey(kind, e.number), e.value(kind)))
		}
		return err
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
