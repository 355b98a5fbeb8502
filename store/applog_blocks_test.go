package store

import (
	"testing"

	"github.com/dgraph-io/badger/v4"
)

func TestDropBlocks(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	mustUpdate(t, a, func(txn *badger.Txn) error {
		for block := range uint64(4) {
			for _, kind := range []byte{keyHead, keyBlock} {
				if err := txn.Set(seqKey(kind, block), nil); err != nil {
					return err
				}
			}
		}
		return nil
	})
	mustUpdate(t, a, func(txn *badger.Txn) error { return dropBlocks(txn, 1, 1023, 2048) })
	if err := a.view(func(txn *badger.Txn) error {
		for block, want := range []bool{false, true, false, true} {
			for _, kind := range []byte{keyHead, keyBlock} {
				if _, err := txn.Get(seqKey(kind, uint64(block))); (err == nil) != want {
					t.Errorf("%c of block %d: %v", kind, block, err)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	a.wakeBlocks()
	a.wakeBlocks() // it does not wait for anybody
}
