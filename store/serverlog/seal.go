package serverlog

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/store/kv"
)

// Seal merges what has been stored into as few blocks as can be and gives the
// disk back what that frees.
func (l *Log) Seal(ctx context.Context) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	if err := l.mergeAll(ctx); err != nil {
		return err
	}
	return l.compact(ctx)
}

func (l *Log) mergeAll(ctx context.Context) error {
	// The best level wants more memory than a running gate should hold.
	for more := true; more; {
		err := l.do(ctx, func(f *flusher) error {
			run := l.snapshot().due(true, l.damaged())
			if more = run != nil; !more {
				return nil
			}
			return f.merge(run, zstd.SpeedBestCompression)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compact gives the disk back what deleted and replaced values take. Badger
// drops those when it compacts the tables they are in, which may be never; and
// what is in a memtable is in its log as well. Dropping a prefix, any prefix that
// has a key, flushes the memtables; flattening then compacts all tables into one
// level. All that keeps what somebody still reads, so they are waited for. The
// memory that this and what came before it took is given back as well: the runtime
// would keep it for minutes.
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
