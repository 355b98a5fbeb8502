package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// stock is what has been written, kept so that what vanishes is missed: the
// database drops what it cannot make sense of without a word. It changes in
// the same transaction as the batches that it counts; who deletes batches has
// to lower it.
type stock struct {
	// next is the sequence number of the next batch.
	next uint64
	// batches is how many there are.
	batches uint64
}

func (s stock) value() []byte {
	v := binary.BigEndian.AppendUint64(nil, s.next)
	return binary.BigEndian.AppendUint64(v, s.batches)
}

func readStock(txn *badger.Txn) (s stock, err error) {
	item, err := txn.Get([]byte(stockKey))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return stock{}, nil
	}
	if err != nil {
		return stock{}, err
	}
	return s, item.Value(func(v []byte) error {
		if len(v) != 16 {
			return fmt.Errorf("the stock has %d bytes", len(v))
		}
		s = stock{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])}
		return nil
	})
}

// takeStock counts what is kept, reading keys and the headers of values only,
// and compares it with what should be there: by the database's own word, and
// by that of the file beside it, for when the database lost its newest part.
func (l *ServerLog) takeStock() (s stock, err error) {
	var found stock
	err = l.view(func(txn *badger.Txn) error {
		if s, err = readStock(txn); err != nil {
			return err
		}
		return l.eachBatch(txn, func(key, value []byte) error {
			found.batches++
			newest, seq, keyErr := parseBatchKey(key)
			info, err := parseBatchHeader(value)
			if err := errors.Join(keyErr, err); err != nil {
				l.damage(key, err)
				return nil
			}
			found.next = max(found.next, seq+1)
			l.keep(info.rows, info.oldest, newest)
			return nil
		})
	})
	if err != nil {
		return stock{}, fmt.Errorf("taking stock: %w", err)
	}
	synced, err := l.mark.read()
	if err != nil {
		return stock{}, err
	}
	if synced > s.next {
		s.batches += synced - s.next
	}
	s.next = max(s.next, synced, found.next)
	if s.batches > found.batches {
		l.kept.missing = s.batches - found.batches
		l.o.Log.Error("batches of requests are gone from the server log", "batches", l.kept.missing)
	}
	s.batches = max(s.batches, found.batches)
	return s, nil
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
	err := l.view(func(txn *badger.Txn) error {
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

// syncedMark is a file that says up to which batch the database has been
// synced. It is written after the sync, so it never promises too much.
type syncedMark struct{ f *os.File }

const syncedMarkLen = 8 + 4

func openSyncedMark(path string) (syncedMark, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	return syncedMark{f}, err
}

// read returns 0 for a mark that is empty or damaged: it then says nothing.
func (m syncedMark) read() (next uint64, err error) {
	b := make([]byte, syncedMarkLen)
	if n, err := m.f.ReadAt(b, 0); n < len(b) {
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		return 0, err
	}
	if crc32.Checksum(b[:8], castagnoli) != binary.BigEndian.Uint32(b[8:]) {
		return 0, nil
	}
	return binary.BigEndian.Uint64(b), nil
}

func (m syncedMark) write(next uint64) error {
	b := binary.BigEndian.AppendUint64(nil, next)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	_, err := m.f.WriteAt(b, 0)
	return err
}
