package serverlog

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// read calls f with the blocks and their values at one moment, unless the log is
// closed.
func (l *Log) read(f func(catalogue, *blockValues) error) error {
	return l.readTxn(func(list catalogue, _ *badger.Txn, values *blockValues) error { return f(list, values) })
}

// readTxn is read with access to the other keys. A panic of Badger over a damaged
// file becomes an error.
func (l *Log) readTxn(f func(catalogue, *badger.Txn, *blockValues) error) (err error) {
	l.reading.RLock()
	defer l.reading.RUnlock()
	defer kv.RecoverDamage(&err)
	if l.closed {
		return kv.ErrClosed
	}
	defer l.readers.Enter()()
	l.blocks.RLock()
	list, txn := l.blocks.list, l.db.NewTransaction(false)
	l.blocks.RUnlock()
	defer txn.Discard()
	values := newBlockValues(txn)
	defer values.close()
	return f(list, txn, values)
}

func (l *Log) snapshot() catalogue {
	l.blocks.RLock()
	defer l.blocks.RUnlock()
	return l.blocks.list
}

// blockValues finds the values of blocks. They are where Badger has them, in
// mapped tables, and stay there until close: the iterators hold them.
type blockValues struct{ heads, bodies *badger.Iterator }

func newBlockValues(txn *badger.Txn) *blockValues {
	over := func(prefix byte) *badger.Iterator {
		// Values are in the tree beside their keys, so fetching them ahead
		// would only copy them.
		return txn.NewIterator(badger.IteratorOptions{Prefix: []byte{prefix}})
	}
	return &blockValues{over(headPrefix), over(bodyPrefix)}
}

func (v *blockValues) close() {
	v.heads.Close()
	v.bodies.Close()
}

var errGone = errors.New("a value of it is gone")

// value finds one value and checks it.
func value(it *badger.Iterator, key []byte) (content []byte, err error) {
	it.Seek(key)
	if !it.Valid() || string(it.Item().Key()) != string(key) {
		return nil, errGone
	}
	err = it.Item().Value(func(v []byte) error {
		content, err = checked(key, v)
		return err
	})
	return content, err
}

// open turns r to a block. Its body is read when its head is not enough.
func (v *blockValues) open(r *block.Reader, p *blockMeta) error {
	head, err := v.head(p)
	if err != nil {
		return err
	}
	return r.Open(head, func() ([]byte, error) { return v.body(p) })
}

func (v *blockValues) head(p *blockMeta) ([]byte, error) { return value(v.heads, p.headKey()) }

func (v *blockValues) body(p *blockMeta) ([]byte, error) { return value(v.bodies, p.bodyKey()) }

// check reads both values of a block and nothing in them.
func (v *blockValues) check(p *blockMeta) error {
	_, err := v.head(p)
	if err != nil {
		return fmt.Errorf("its head: %w", err)
	}
	if _, err = v.body(p); err != nil {
		return fmt.Errorf("its body: %w", err)
	}
	return nil
}

// eachHead calls f for every head, in the order of the numbers, until it
// returns an error.
func (l *Log) eachHead(txn *badger.Txn, f func(key, head []byte) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{headPrefix}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		if err := item.Value(func(v []byte) error { return f(item.Key(), v) }); err != nil {
			return err
		}
	}
	return nil
}
