package store

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// lockedBuffer is a log that background goroutines may write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// alter changes the database of a closed log: f gets the batches by number.
func alter(t *testing.T, dir string, f func(keys, values [][]byte) (key, value []byte)) {
	t.Helper()
	db, err := openBadger(serverOptions(dir), textLog(&lockedBuffer{}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	var keys, values [][]byte
	err = db.Update(func(txn *badger.Txn) error {
		it := txn.NewIterator(batchIterator(false))
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			v, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			keys, values = append(keys, it.Item().KeyCopy(nil)), append(values, v)
		}
		return txn.Set(f(keys, values))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamagedBatchIsSkippedAndNamed(t *testing.T) {
	// Each case returns batch 1 of 0, 1 and 2 as it should not be.
	for name, damage := range map[string]func(keys, values [][]byte) []byte{
		"a bit flipped": func(_, values [][]byte) []byte { values[1][batchHeader+9] ^= 4; return values[1] },
		"header flipped": func(_, values [][]byte) []byte {
			values[1][9] ^= 1 // the time of the oldest
			return values[1]
		},
		"torn":       func(_, values [][]byte) []byte { return values[1][:len(values[1])/2] },
		"empty":      func(_, values [][]byte) []byte { return nil },
		"misplaced":  func(_, values [][]byte) []byte { return values[0] },
		"many rows":  func(_, values [][]byte) []byte { values[1][1] = 0xff; return values[1] },
		"no version": func(_, values [][]byte) []byte { values[1][0] = 99; return values[1] },
		"not a frame, but the checksum fits": func(keys, values [][]byte) []byte {
			v := append(values[1][:batchHeader:batchHeader], "nonsense"...)
			return binary.BigEndian.AppendUint32(v, batchChecksum(keys[1], v))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
			for n := range 3 {
				mustRecord(t, l, numbered(n))
				mustFlush(t, l)
			}
			closeLog(t, l)
			alter(t, dir, func(keys, values [][]byte) (key, value []byte) { return keys[1], damage(keys, values) })

			log := &lockedBuffer{}
			l = openTestServerLog(t, dir, Options{FlushEvery: quiet, Log: textLog(log)})
			if !strings.Contains(name, "checksum fits") { // found without anybody looking
				until(t, "the damage is noticed at start", func() bool { return l.Health().Damaged == 1 })
			}
			wantList(t, l, "2", "0")
			wantList(t, l, "2", "0")
			if h := l.Health(); h.Damaged != 1 {
				t.Errorf("%d damaged", h.Damaged)
			}
			until(t, "the log names the batch", func() bool { return strings.Contains(log.String(), "2026-11-22T22:00:00Z") })
			mustRecord(t, l, numbered(3))
			wantList(t, l, "3", "2", "0")
			closeLog(t, l)
			if n := strings.Count(log.String(), "damaged and will not be shown"); n != 1 {
				t.Errorf("said %d times: %s", n, log)
			}
		})
	}
}

func TestDamagedKeyIsSkippedAndNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "server")
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(0))
	closeLog(t, l)
	alter(t, dir, func(_, values [][]byte) (key, value []byte) { return []byte("bx"), values[0] })
	l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
	wantList(t, l, "0")
	until(t, "the damage is noticed", func() bool { return l.Health().Damaged == 1 })
}

// Numbers of batches are never used again, also when the newest batch is gone.
func TestSequenceNumbersNeverRepeat(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(0))
	closeLog(t, l)
	db, err := openBadger(serverOptions(dir), textLog(&lockedBuffer{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.DropPrefix([]byte{batchPrefix}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(1))
	closeLog(t, l)
	alter(t, dir, func(keys, values [][]byte) (key, value []byte) {
		if _, seq, err := parseBatchKey(keys[0]); err != nil || seq != 1 {
			t.Errorf("seq %d, %v", seq, err)
		}
		return keys[0], values[0]
	})
}
