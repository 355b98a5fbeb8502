package store

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// compact gives the disk back what deleted and replaced values take. Badger
// drops those when it compacts the tables they are in, which may be never; and
// what is in a memtable is in its log as well. Dropping a prefix, any prefix that
// has a key, flushes the memtables; flattening then compacts all tables into one
// level.
func (l *ServerLog) compact(ctx context.Context) error {
	err := l.do(ctx, func(f *flusher) error {
		if err := f.disk.check(); err != nil {
			return err
		}
		if err := f.transaction(func(txn *badger.Txn) error { return txn.Set([]byte(flushKey), nil) }); err != nil {
			return err
		}
		return l.db.DropPrefix([]byte(flushKey))
	})
	if err == nil {
		err = l.flatten()
	}
	if err != nil {
		return fmt.Errorf("giving the disk back what is free: %w", err)
	}
	return nil
}

func (l *ServerLog) flatten() error {
	l.using.RLock()
	defer l.using.RUnlock()
	if l.closed {
		return ErrClosed
	}
	return l.db.Flatten(1)
}
