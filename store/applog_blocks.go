package store

import (
	"errors"

	"github.com/dgraph-io/badger/v4"
)

// A block holds what is searched of blockSeqs consecutive numbers: block n those
// from n*blockSeqs on. It follows from the entries and can be made again at any
// time, so whoever changes an entry drops its block and is done.
const blockSeqs = 1024

// dropBlocks removes, as part of txn, the blocks that hold these entries. Whoever
// removes an entry or a part of it calls it in the same transaction and holds
// a.rewriting until that is committed; a.wakeBlocks has the blocks made again.
func dropBlocks(txn *badger.Txn, seqs ...uint64) error {
	dropped := map[uint64]bool{}
	for _, seq := range seqs {
		block := seq / blockSeqs
		if dropped[block] {
			continue
		}
		dropped[block] = true
		if err := errors.Join(txn.Delete(seqKey(keyHead, block)), txn.Delete(seqKey(keyBlock, block))); err != nil {
			return err
		}
	}
	return nil
}

// wakeBlocks has the blocks made that are missing, soon.
func (a *AppLog) wakeBlocks() {
	select {
	case a.blocksDue <- struct{}{}:
	default: // told already
	}
}
