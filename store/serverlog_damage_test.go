package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
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

// update changes the database of a closed log.
func update(t *testing.T, dir string, f func(*badger.Txn) error) {
	t.Helper()
	db, err := openBadger(serverOptions(dir), textLog(&lockedBuffer{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// alter puts a batch into the database of a closed log, or replaces one: f gets
// those that there are.
func alter(t *testing.T, dir string, f func(keys, values [][]byte) (key, value []byte)) {
	t.Helper()
	update(t, dir, func(txn *badger.Txn) error {
		it := txn.NewIterator(batchIterator(false))
		defer it.Close()
		var keys, values [][]byte
		for it.Rewind(); it.Valid(); it.Next() {
			v, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			keys, values = append(keys, it.Item().KeyCopy(nil)), append(values, v)
		}
		return txn.Set(f(keys, values))
	})
}

func wantMissing(t *testing.T, dir string, missing uint64, want ...string) {
	t.Helper()
	log := &lockedBuffer{}
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet, Log: textLog(log)})
	wantList(t, l, want...)
	if h := l.Health(); h.Damaged != missing || !strings.Contains(log.String(), "are gone from the server log") {
		t.Errorf("%d missing, want %d; the log says: %s", h.Damaged, missing, log)
	}
	closeLog(t, l)
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

// What Badger dropped without a word is missed.
func TestMissingBatchesAreMissed(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	for n := range 4 {
		mustRecord(t, l, numbered(n))
		mustFlush(t, l)
	}
	until(t, "the log is synced", func() bool { n, err := l.mark.read(); return n == 4 && err == nil })
	torn := t.TempDir()
	if err := os.CopyFS(torn, os.DirFS(dir)); err != nil { // as kill -9 leaves it
		t.Fatal(err)
	}
	closeLog(t, l)

	t.Run("one", func(t *testing.T) {
		update(t, dir, func(txn *badger.Txn) error { return txn.Delete(batchKey(numbered(1).Time.UnixMicro(), 1)) })
		wantMissing(t, dir, 1, "3", "2", "0")
	})
	t.Run("the newest", func(t *testing.T) {
		if err := os.Remove(filepath.Join(torn, "00001.mem")); err != nil {
			t.Fatal(err)
		}
		wantMissing(t, torn, 4)
		wantMissing(t, torn, 4) // it is not forgotten
	})
	t.Run("a damaged mark says nothing", func(t *testing.T) {
		l := openTestServerLog(t, torn, Options{FlushEvery: quiet})
		mustRecord(t, l, numbered(9)) // from now on the database knows as well
		closeLog(t, l)
		if err := os.WriteFile(filepath.Join(torn, "synced"), []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantMissing(t, torn, 4, "9")
	})
}

// Numbers of batches are never used again, also when the newest batch is gone.
func TestSequenceNumbersNeverRepeat(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(0))
	closeLog(t, l)
	update(t, dir, func(txn *badger.Txn) error { return txn.Delete(batchKey(numbered(0).Time.UnixMicro(), 0)) })
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
