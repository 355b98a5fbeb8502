package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// kept is what the log knows about itself without reading.
type kept struct {
	entries uint64
	// oldest and newest are in microseconds and mean nothing without entries.
	oldest, newest int64
	lastFlush      time.Time
	pending        int64
	dropped        uint64
	// writing and syncing are why the last attempt failed.
	writing, syncing error
	// damaged are the keys of batches that cannot be read.
	damaged map[string]bool
}

// takeStock counts what is kept, reading keys and the headers of values only,
// and returns the next sequence number.
func (l *ServerLog) takeStock() (next uint64, err error) {
	err = l.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(nextSeqKey))
		if err == nil {
			err = item.Value(func(v []byte) error {
				if len(v) != 8 {
					return fmt.Errorf("the next sequence number has %d bytes", len(v))
				}
				next = binary.BigEndian.Uint64(v)
				return nil
			})
		}
		if err != nil && !errors.Is(err, badger.ErrKeyNotFound) {
			return err
		}
		return l.eachBatch(txn, func(key, value []byte) error {
			newest, seq, keyErr := parseBatchKey(key)
			info, err := parseBatchHeader(value)
			if err := errors.Join(keyErr, err); err != nil {
				l.damage(key, err)
				return nil
			}
			next = max(next, seq+1)
			l.keep(info.rows, info.oldest, newest)
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("taking stock: %w", err)
	}
	return next, nil
}

// eachBatch calls f for every batch, oldest first, until it returns an error.
func (l *ServerLog) eachBatch(txn *badger.Txn, f func(key, value []byte) error) error {
	it := txn.NewIterator(batchIterator(false))
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		if err := item.Value(func(v []byte) error { return f(item.Key(), v) }); err != nil {
			return err
		}
	}
	return nil
}

// batchIterator iterates over batches. Values are in the tree beside their
// keys, so fetching them ahead would only copy them.
func batchIterator(reverse bool) badger.IteratorOptions {
	return badger.IteratorOptions{Prefix: []byte{batchPrefix}, Reverse: reverse}
}

var errStopped = errors.New("stopped")

// verify reads every batch once, in the background, so that damage is noticed
// at start and not when somebody happens to look.
func (l *ServerLog) verify() {
	err := l.db.View(func(txn *badger.Txn) error {
		return l.eachBatch(txn, func(key, value []byte) error {
			select {
			case <-l.stop:
				return errStopped
			default:
			}
			if err := checkBatch(key, value); err != nil {
				l.damage(key, err)
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, errStopped) {
		l.o.Log.Error("verifying the server log failed", "error", err)
	}
}

// damage notes a batch that cannot be read; it is skipped from then on.
func (l *ServerLog) damage(key []byte, why error) {
	l.mu.Lock()
	known := l.kept.damaged[string(key)]
	if !known {
		if l.kept.damaged == nil {
			l.kept.damaged = make(map[string]bool)
		}
		l.kept.damaged[string(key)] = true
	}
	l.mu.Unlock()
	if known {
		return
	}
	name := fmt.Sprintf("%x", key)
	if newest, seq, err := parseBatchKey(key); err == nil {
		name = fmt.Sprintf("%d, up to %s", seq, time.UnixMicro(newest).UTC().Format(time.RFC3339))
	}
	l.o.Log.Error("a batch of requests is damaged and will not be shown", "batch", name, "error", why)
}

// keep counts rows in.
func (l *ServerLog) keep(rows int, oldest, newest int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := &l.kept
	if k.entries == 0 {
		k.oldest, k.newest = oldest, newest
	}
	k.entries += uint64(rows)
	k.oldest, k.newest = min(k.oldest, oldest), max(k.newest, newest)
}

func (l *ServerLog) stored(batches []batch) {
	for _, b := range batches {
		l.keep(b.rows, b.oldest, b.newest)
	}
}

// flushed notes how a flush went.
func (l *ServerLog) flushed(err error, pending int64) {
	l.mu.Lock()
	before := l.kept.writing
	l.kept.writing, l.kept.pending = err, pending
	if err == nil {
		l.kept.lastFlush = l.o.Now()
	}
	l.mu.Unlock()
	switch {
	case err != nil && before == nil:
		l.o.Log.Error("the server log cannot be written; requests are kept in memory as long as there is room", "error", err)
	case err == nil && before != nil:
		l.o.Log.Info("the server log is written again")
	}
}

func (l *ServerLog) synced(err error) {
	l.mu.Lock()
	before := l.kept.syncing
	l.kept.syncing = err
	l.mu.Unlock()
	if err != nil && before == nil {
		l.o.Log.Error("the server log cannot be synced to the disk", "error", err)
	}
}

// failed counts requests that were taken in and lost all the same.
func (l *ServerLog) failed(err error, rows uint64) {
	l.mu.Lock()
	l.kept.dropped += rows
	l.mu.Unlock()
	l.o.Log.Error("requests were lost", "requests", rows, "error", err)
}

// Health tells how the log is. It walks the directory to see what the log
// takes on the disk, which is no work for a request's path.
func (l *ServerLog) Health() record.BookHealth {
	bytes, usedErr := usedBytes(l.dir)
	q := l.queue.stats()
	l.mu.Lock()
	defer l.mu.Unlock()
	k := &l.kept
	h := record.BookHealth{
		State:     record.StateOK,
		Entries:   k.entries,
		Bytes:     bytes,
		LastFlush: k.lastFlush,
		Queue:     q.waiting + k.pending,
		QueueMax:  q.max,
		Recorded:  q.recorded,
		Dropped:   q.dropped + k.dropped,
		Damaged:   uint64(len(k.damaged)),
	}
	if k.entries > 0 {
		h.Oldest, h.Newest = time.UnixMicro(k.oldest).UTC(), time.UnixMicro(k.newest).UTC()
	}
	if err := errors.Join(k.writing, k.syncing, usedErr); err != nil {
		h.State, h.Error = record.StateDown, err.Error()
	}
	return h
}
