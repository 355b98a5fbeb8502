package serverlog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/storetest"
)

// update changes the database of a closed log.
func update(t *testing.T, dir string, f func(*badger.Txn) error) {
	t.Helper()
	db, err := kv.Open(kv.TimedSync(dir), storetest.TextLog(&storetest.LogBuffer{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// alter replaces one value of a closed log, that of the head or of the body of
// request 1, by what f makes of it.
func alter(t *testing.T, dir string, key []byte, f func(value []byte) []byte) {
	t.Helper()
	update(t, dir, func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err != nil {
			return err
		}
		v, err := item.ValueCopy(nil)
		if err != nil {
			return err
		}
		return txn.Set(key, f(v))
	})
}

func wantMissing(t *testing.T, dir string, missing uint64, want ...string) {
	t.Helper()
	log := &storetest.LogBuffer{}
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet, Log: storetest.TextLog(log)})
	wantList(t, l, want...)
	if h := l.Health(); h.Damaged != missing || !strings.Contains(log.String(), "are gone from the server log") {
		t.Errorf("%d missing, want %d; the log says: %s", h.Damaged, missing, log)
	}
	closeLog(t, l)
}

func TestDamagedBlockIsSkippedAndNamed(t *testing.T) {
	one, two := blockMeta{first: 1, last: 1}, blockMeta{first: 2, last: 2}
	withSum := func(key []byte, content string) []byte { return withChecksum(key, []byte(content)) }
	for name, damage := range map[string]struct {
		key   []byte
		value func(v []byte) []byte
	}{
		"head, a bit flipped":     {one.headKey(), func(v []byte) []byte { v[20] ^= 4; return v }},
		"head, the time flipped":  {one.headKey(), func(v []byte) []byte { v[4] ^= 1; return v }},
		"head, truncated":         {one.headKey(), func(v []byte) []byte { return v[:len(v)/2] }},
		"head, empty":             {one.headKey(), func([]byte) []byte { return nil }},
		"head, no version":        {one.headKey(), func(v []byte) []byte { v[0] = 99; return v }},
		"head, nonsense":          {one.headKey(), func([]byte) []byte { return withSum(one.headKey(), "nonsense") }},
		"head, misplaced":         {one.headKey(), func(v []byte) []byte { return withChecksum(two.headKey(), v[:len(v)-checksumLen]) }},
		"body, a bit flipped":     {one.bodyKey(), func(v []byte) []byte { v[2] ^= 4; return v }},
		"body, truncated":         {one.bodyKey(), func(v []byte) []byte { return v[:len(v)/2] }},
		"body, empty":             {one.bodyKey(), func([]byte) []byte { return nil }},
		"body, the checksum fits": {one.bodyKey(), func([]byte) []byte { return withSum(one.bodyKey(), "\x31nonsense") }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
			for n := range 3 {
				mustRecord(t, l, numbered(n))
				mustFlush(t, l)
			}
			closeLog(t, l)
			alter(t, dir, damage.key, damage.value)

			log := &storetest.LogBuffer{}
			l = openTestServerLog(t, dir, Options{FlushEvery: quiet, Log: storetest.TextLog(log)})
			if !strings.Contains(name, "checksum fits") { // found without anybody looking
				until(t, "the damage is noticed at start", func() bool { return l.Health().Damaged == 1 })
			}
			wantList(t, l, "2", "0")
			wantList(t, l, "2", "0")
			if h := l.Health(); h.Damaged != 1 {
				t.Errorf("%d damaged", h.Damaged)
			}
			until(t, "the log names the requests", func() bool { return strings.Contains(log.String(), "1 to 1") })
			mustRecord(t, l, numbered(3))
			wantList(t, l, "3", "2", "0")
			// What is damaged is not merged, nor is anything across it, and it stays
			// damaged.
			mustSeal(t, l)
			wantList(t, l, "3", "2", "0")
			if h := l.Health(); h.Blocks != 2 {
				t.Errorf("merged across the damage: %d blocks", h.Blocks)
			}
			closeLog(t, l)
			if n := strings.Count(log.String(), "damaged and will not be shown"); n != 1 {
				t.Errorf("said %d times: %s", n, log)
			}
			l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
			wantList(t, l, "3", "2", "0")
			until(t, "the damage is noticed again", func() bool { return l.Health().Damaged == 1 })
		})
	}
}

func TestDamagedKeyIsSkippedAndNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "server")
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(0))
	closeLog(t, l)
	update(t, dir, func(txn *badger.Txn) error { return txn.Set([]byte("hx"), []byte("nonsense")) })
	l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
	wantList(t, l, "0")
	until(t, "the damage is noticed", func() bool { return l.Health().Damaged == 1 })
}

// What Badger dropped without a word is missed.
func TestMissingRequestsAreMissed(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	for n := range 4 {
		mustRecord(t, l, numbered(n))
		mustFlush(t, l)
	}
	until(t, "the log is synced", func() bool { n, err := l.checkpoint.read(); return n == 4 && err == nil })
	truncated := t.TempDir()
	if err := os.CopyFS(truncated, os.DirFS(dir)); err != nil { // as kill -9 leaves it
		t.Fatal(err)
	}
	closeLog(t, l)

	t.Run("one", func(t *testing.T) {
		update(t, dir, func(txn *badger.Txn) error { return txn.Delete((&blockMeta{first: 1, last: 1}).headKey()) })
		wantMissing(t, dir, 1, "3", "2", "0")
	})
	t.Run("the newest", func(t *testing.T) {
		if err := os.Remove(filepath.Join(truncated, "00001.mem")); err != nil {
			t.Fatal(err)
		}
		wantMissing(t, truncated, 4)
		wantMissing(t, truncated, 4) // it is not forgotten
	})
	t.Run("a damaged mark says nothing", func(t *testing.T) {
		l := openTestServerLog(t, truncated, Options{FlushEvery: quiet})
		mustRecord(t, l, numbered(9)) // from now on the database knows as well
		closeLog(t, l)
		if err := os.WriteFile(filepath.Join(truncated, "synced"), []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantMissing(t, truncated, 4, "9")
	})
}

// Numbers are never used again, also when the newest request is gone.
func TestNumbersNeverRepeat(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(0))
	closeLog(t, l)
	update(t, dir, func(txn *badger.Txn) error { return txn.Delete((&blockMeta{}).headKey()) })
	l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(1))
	mustFlush(t, l)
	if list := l.snapshot(); len(list) != 1 || list[0].first != 1 {
		t.Errorf("blocks %+v", list)
	}
}

// Damage to the tables themselves meets Badger in no read and no compaction:
// their other blocks are served, and what was in the damaged ones is missed.
func TestDamagedTableOfTheServerLog(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	const requests = 100
	for n := range requests {
		mustRecord(t, l, numbered(n))
		mustFlush(t, l)
	}
	closeLog(t, l)
	storetest.DamageBlocks(t, dir, 1, 4)
	var before []string
	for range 2 {
		log := &storetest.LogBuffer{}
		l = openTestServerLog(t, dir, Options{FlushEvery: quiet, Log: storetest.TextLog(log)})
		// A block that was merged away may be back, as damaged as it is.
		until(t, "all is verified", func() bool { return int(l.Health().Damaged)+len(list(t, l, query.Requests{})) >= requests })
		got := list(t, l, query.Requests{})
		if len(got) == 0 || len(got) == requests || before != nil && !slices.Equal(got, before) {
			t.Errorf("%d requests are left, and were %d", len(got), len(before))
		}
		before = got
		closeLog(t, l)
	}
	l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
	if err := l.db.Flatten(1); err != nil { // compacts every table
		t.Fatal(err)
	}
	wantList(t, l, before...)
}

// A damaged block leaves the disk in its time if its head can be believed.
func TestDamagedBlockIsDeletedInItsTime(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	for n := range 3 {
		mustRecord(t, l, numbered(n))
		mustFlush(t, l)
	}
	newest := l.Health().Newest
	closeLog(t, l)
	zero, one := blockMeta{}, blockMeta{first: 1, last: 1}
	flip := func(v []byte) []byte { v[len(v)-1] ^= 4; return v }
	alter(t, dir, zero.headKey(), flip)
	alter(t, dir, one.bodyKey(), flip)

	l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
	until(t, "the damage is noticed", func() bool { return l.Health().Damaged == 2 })
	r := Expiry{DeleteBefore: newest.Add(time.Hour), DryRun: true}
	if done := mustRetain(t, l, r); done.Deleted != 2 || l.Health().Damaged != 2 {
		t.Errorf("a dry run: %+v", done)
	}
	r.DryRun = false
	if done := mustRetain(t, l, r); done.Deleted != 2 || l.Health().Damaged != 1 || l.Health().Entries != 0 {
		t.Errorf("done %+v, %+v", done, l.Health())
	}
	found, err := l.Check(context.Background())
	if err != nil || found.Damaged != 1 || found.Missing != 0 {
		t.Errorf("then a check finds %+v, %v", found, err)
	}
}

// Where the note of a deletion is lost, what was merged is not there twice.
func TestMergedBlocksThatComeBackAreDropped(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	for n := range 3 {
		mustRecord(t, l, numbered(n))
		mustFlush(t, l)
	}
	old := map[string][]byte{}
	err := l.db.View(func(txn *badger.Txn) error {
		for n := range uint64(3) {
			for _, key := range [][]byte{blockKey(headPrefix, n, n), blockKey(bodyPrefix, n, n)} {
				item, err := txn.Get(key)
				if err != nil {
					return err
				}
				if old[string(key)], err = item.ValueCopy(nil); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustSeal(t, l)
	closeLog(t, l)
	update(t, dir, func(txn *badger.Txn) error {
		for key, value := range old {
			if err := txn.Set([]byte(key), value); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 {
		l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
		wantList(t, l, "2", "1", "0")
		if h := l.Health(); h.Entries != 3 || h.Damaged != 0 || h.Blocks != 1 {
			t.Errorf("health %+v", h)
		}
		closeLog(t, l)
	}
}
