package serverlog

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/kv"
)

// free gives the disk back what this run deleted, or an earlier one that was
// interrupted before it came to that.
func (l *Log) compactPending(ctx context.Context) error {
	var pending bool
	err := l.do(ctx, func(f *flusher) (err error) { pending, err = f.compactionPending(); return err })
	if err != nil || !pending {
		return err
	}
	if err := l.compact(ctx); err != nil {
		return err
	}
	return l.do(ctx, func(f *flusher) error {
		return f.transaction(func(txn *badger.Txn) error { return txn.Delete([]byte(compactionKey)) })
	})
}

func (f *flusher) compactionPending() (pending bool, err error) {
	err = f.log.db.View(func(txn *badger.Txn) error {
		_, err := txn.Get([]byte(compactionKey))
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading whether the disk has been given back: %w", err)
	}
	return true, nil
}

// compact frees the disk space of deleted and replaced values. Badger drops them
// when it compacts their tables, which may be never, and a memtable is in its log
// as well. Dropping a prefix that has a key flushes the memtables; flattening then
// compacts all tables into one level. Both keep what a reader still sees, so
// readers are waited for. The memory of this and of the work before it is returned
// as well: the runtime would keep it for minutes.
func (l *Log) compact(ctx context.Context) error {
	if err := l.readers.Wait(ctx); err != nil {
		return fmt.Errorf("waiting for those who read what is deleted: %w", err)
	}
	debug.FreeOSMemory()
	defer debug.FreeOSMemory()
	err := l.do(ctx, func(f *flusher) error {
		if err := f.disk.Check(); err != nil {
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

func (l *Log) flatten() error {
	l.reading.RLock()
	defer l.reading.RUnlock()
	if l.closed {
		return kv.ErrClosed
	}
	return l.db.Flatten(1)
}
