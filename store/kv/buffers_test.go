package kv

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// The pool lies in a private field of Badger: a new version may move it.
func TestReleaseBuffersEmptiesThePool(t *testing.T) {
	db, err := Open(TimedSync(t.TempDir()), textLog(&strings.Builder{}))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	pool := bufferPool(db)
	if pool == nil {
		t.Fatal("this version of Badger has no pool of buffers where it was; see ReleaseBuffers")
	}
	value := bytes.Repeat([]byte("x"), MaxValue-1)
	for i := range 4 {
		if err := db.Update(func(txn *badger.Txn) error { return txn.Set([]byte{byte(i)}, value) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.DropPrefix([]byte{0}); err != nil { // writes the memtable as a table
		t.Fatal(err)
	}
	buffer := pool.Get(smallestBuffer, "")
	if size := int(buffer.Allocated()); size < 3*len(value) {
		t.Errorf("a buffer that has held a table of three values has %d bytes", size)
	}
	pool.Return(buffer)
	ReleaseBuffers(db)
	if size := pool.Get(smallestBuffer, "").Allocated(); size > smallestBuffer {
		t.Errorf("a buffer of %d bytes is still in the pool", size)
	}
}
