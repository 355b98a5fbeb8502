package applog

import (
	"errors"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
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
