package kv

import (
	"reflect"
	"unsafe"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/ristretto/v2/z"
)

// smallestBuffer is the size of a buffer that ReleaseBuffers takes from an empty pool.
const smallestBuffer = 512

// ReleaseBuffers leaves to the garbage collector the buffers in which Badger builds
// tables. Badger keeps eight of them for the next tables, and frees one every two
// seconds in which it builds none. A buffer keeps the size of the largest table
// that it has held: three times the table's size, because a value that is larger
// than a block is copied twice. With large values that is 15 to 30 MB for each.
//
// Badger has no option for this, so the pool is read from a private field. Without
// that field nothing happens. The pool itself is safe for concurrent use, and a
// buffer in it belongs to nobody. The database must be open: a closed pool panics.
func ReleaseBuffers(db *badger.DB) {
	pool := bufferPool(db)
	if pool == nil {
		return
	}
	for {
		buffer := pool.Get(smallestBuffer, "")
		empty := buffer.Allocated() <= smallestBuffer // the pool was empty: this one is new
		buffer.Release()
		if empty {
			return
		}
	}
}

// bufferPool returns the pool of db, or nil if this version of Badger has none
// where it is expected. The field is set before badger.Open returns and does not
// change afterwards.
func bufferPool(db *badger.DB) *z.AllocatorPool {
	field := reflect.ValueOf(db).Elem().FieldByName("allocPool")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*z.AllocatorPool]() {
		return nil
	}
	return *(**z.AllocatorPool)(unsafe.Pointer(field.UnsafeAddr()))
}
