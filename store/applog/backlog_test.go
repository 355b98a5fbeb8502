package applog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/storetest"
)

// mustHold checks that the log has the events from 0 to n-1, each once, with the
// numbers from 1 to n.
func mustHold(t *testing.T, a *Log, n int) {
	t.Helper()
	got := listAll(t, a, query.Events{})
	if len(got) != n {
		t.Fatalf("%d events, want %d", len(got), n)
	}
	for _, e := range got {
		if want := storetest.BookingEvent(int(e.Seq) - 1).ID; e.ID != want {
			t.Fatalf("event %d is %s, want %s", e.Seq, e.ID, want)
		}
	}
	if h := a.Health(); h.Entries != uint64(n) || h.Lag != 0 || h.Damaged != 0 || h.Error != "" {
		t.Errorf("health %+v", h)
	}
	if found, err := a.Check(context.Background()); err != nil || !found.Good() {
		t.Errorf("%+v, %v", found, err)
	}
}

// Appends return while the follower stands still, though most of what it is to apply is
// kept on the disk only; ids are known all the same, also by the next process.
func TestBacklogOnTheDisk(t *testing.T) {
	const n = 500
	dir := t.TempDir()
	a, release := openHeld(t, dir, Options{})
	for i := range n {
		mustAppend(t, a, storetest.BookingEvent(i))
	}
	a.backlog.mu.Lock()
	kept := len(a.backlog.entries)
	a.backlog.mu.Unlock()
	if kept > 50 {
		t.Errorf("%d entries are kept in memory", kept)
	}
	if h := a.Health(); h.Lag != n || h.Entries != n || h.State != record.StateOK {
		t.Errorf("health %+v", h)
	}
	conflict := storetest.BookingEvent(7)
	conflict.Text = "Another text."
	again := func(a *Log) {
		t.Helper()
		if out := mustAppend(t, a, storetest.BookingEvent(7), storetest.BookingEvent(n-1)); !out[0].Duplicate || out[0].Seq != 8 || !out[1].Duplicate || out[1].Seq != n {
			t.Errorf("told again: %+v", out)
		}
	}
	again(a)
	left, releaseLeft := openHeld(t, copyOf(t, dir), Options{})
	again(left)
	if h := left.Health(); h.Lag != n || h.Entries != n {
		t.Errorf("health of the next process %+v", h)
	}
	releaseLeft()
	mustHold(t, left, n)
	if out := mustAppend(t, left, conflict); out[0].Duplicate || out[0].Seq != n+1 {
		t.Errorf("a conflict: %+v", out)
	}
	release()
	mustHold(t, a, n)
	again(a)
	if n := a.recent.Len(); n > 0 {
		t.Errorf("applied, and %d ids are kept", n)
	}
}

// A full backlog has appends wait; if the database cannot be written, they fail.
// Nothing is lost or stored twice.
func TestFullBacklog(t *testing.T) {
	for _, fault := range []storetest.Fault{storetest.NotPersisted, storetest.Persisted} {
		t.Run(fault.String(), func(t *testing.T) {
			a, err := newAppLog(t.TempDir(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			faults := &storetest.Faults{}
			a.applyTxn = func(txn *badger.Txn) error { return faults.Commit(txn.Commit) }
			a.backlog.maxLag = 10
			a.start()
			defer func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}()
			stored := 0
			for round := range testrun.Rounds(4, 40) {
				faults.Fail(fault, 1, 20+round)
				for err = nil; err == nil && stored < 1000*(round+1); {
					if err = a.Append(context.Background(), storetest.BookingEvent(stored)); err == nil {
						stored++
					}
				}
				if err != nil && !errors.Is(err, storetest.ErrInjected) {
					t.Fatal(err)
				}
				if lag := a.backlog.lag(); lag > 10 {
					t.Fatalf("%d events behind", lag)
				}
				faults.Heal()
				eventually(t, "appends to succeed", func() bool { return a.Append(context.Background(), storetest.BookingEvent(stored)) == nil })
				stored++
			}
			eventually(t, "the outage to be over", func() bool {
				return a.Down() == nil && a.Health().Error == ""
			})
			ids := map[string]bool{}
			for _, e := range listAll(t, a, query.Events{}) {
				if ids[e.ID] {
					t.Errorf("%s is there twice", e.ID)
				}
				ids[e.ID] = true
			}
			for n := range stored {
				if !ids[storetest.BookingEvent(n).ID] {
					t.Errorf("event %d is lost", n)
				}
			}
		})
	}
}

func TestFullBacklogWaits(t *testing.T) {
	a, release := openHeld(t, t.TempDir(), Options{})
	a.backlog.mu.Lock()
	a.backlog.maxLag = 3
	a.backlog.mu.Unlock()
	mustAppend(t, a, storetest.BookingEvent(0), storetest.BookingEvent(1), storetest.BookingEvent(2))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := a.Append(ctx, storetest.BookingEvent(3)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no room: %v", err)
	}
	release()
	mustAppend(t, a, storetest.BookingEvent(3))
	mustHold(t, a, 4)
}

// The disk is full when the follower wants to write: what is in the journal stays there,
// health says why, and once there is space everything is found.
func TestFollowerOnAFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(1000)
	dir := t.TempDir()
	a, release := openHeld(t, dir, Options{MinFree: 1000, Free: func(string) (uint64, error) { return free.Load(), nil }})
	mustAppend(t, a, storetest.BookingEvent(0))
	eventually(t, "the follower to begin", func() bool {
		a.backlog.mu.Lock()
		defer a.backlog.mu.Unlock()
		return len(a.backlog.entries) == 0
	})
	for n := 1; n < 5; n++ {
		mustAppend(t, a, storetest.BookingEvent(n))
	}
	free.Store(999)
	release()
	eventually(t, "the follower to stop", func() bool { return a.backlog.err() != nil })
	if h := a.Health(); h.Lag != 4 || h.Entries != 5 || !strings.Contains(h.Error, kv.ErrDiskFull.Error()) {
		t.Errorf("health %+v", h)
	}
	if err := a.Append(context.Background(), storetest.BookingEvent(5)); !errors.Is(err, kv.ErrDiskFull) {
		t.Errorf("appended to a full disk: %v", err)
	}
	mustHold(t, openTestLog(t, copyOf(t, dir), Options{}), 5)
	free.Store(1000)
	eventually(t, "the log to be written again", func() bool { return a.Down() == nil && a.backlog.lag() == 0 })
	found := 0
	for _, e := range listAll(t, a, query.Events{}) {
		if e.Category != record.CategoryGatebook {
			found++
		}
	}
	if found != 5 {
		t.Errorf("%d events", found)
	}
}

// After a sync that failed the journal is kept, even if later ones succeed; the next
// start has everything.
func TestSyncFails(t *testing.T) {
	for _, fault := range []storetest.Fault{storetest.NotPersisted, storetest.Persisted} {
		t.Run(fault.String(), func(t *testing.T) {
			dir := t.TempDir()
			a, err := newAppLog(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			faults := &storetest.Faults{}
			syncDB := a.syncDB
			a.syncDB = func() error { return faults.Commit(syncDB) }
			a.start()
			mustAppend(t, a, storetest.BookingEvent(0))
			faults.Fail(fault, 1, 1)
			erase := func() error {
				return a.anonymizeEach(context.Background(), []codec.Position{codec.NewPosition(storetest.BookingEvent(0).Time, 1)})
			}
			for range 2 {
				if err := erase(); !errors.Is(err, storetest.ErrInjected) {
					t.Errorf("erased, though the database was not synced: %v", err)
				}
			}
			mustAppend(t, a, storetest.BookingEvent(1))
			if got := listAll(t, a, query.Events{}); len(got) != 2 {
				t.Errorf("%d events", len(got))
			}
			if h := a.Health(); !strings.Contains(h.Error, storetest.ErrInjected.Error()) {
				t.Errorf("health %+v", h)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			if len(journalFiles(t, dir)) == 0 {
				t.Error("the journal is gone")
			}
			again := openTestLog(t, dir, Options{})
			mustHold(t, again, 2)
			a = again
			if err := erase(); err != nil {
				t.Error(err)
			}
			if files := journalFiles(t, dir); len(files) != 0 {
				t.Errorf("erased, the journal has %v", files)
			}
		})
	}
}

// damageEvent changes a byte of an event in the journal.
func damageEvent(t *testing.T, dir, id string) {
	t.Helper()
	for _, path := range journalFiles(t, dir) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if at := strings.Index(string(content), id); at >= 0 {
			content[at] ^= 1
			mustWrite(t, path, string(content))
			return
		}
	}
	t.Fatalf("%s is not in the journal", id)
}

// What cannot be read in the journal and was not applied is named and counted once,
// whatever becomes of the transaction that passes over it.
func TestDamagedJournal(t *testing.T) {
	dir := t.TempDir()
	a, _ := openHeld(t, dir, Options{})
	for n := range 10 {
		mustAppend(t, a, storetest.BookingEvent(n))
	}
	for _, fault := range []storetest.Fault{storetest.None, storetest.NotPersisted, storetest.Persisted} {
		t.Run(fault.String(), func(t *testing.T) {
			left := copyOf(t, dir)
			damageEvent(t, left, storetest.BookingEvent(4).ID)
			again, err := newAppLog(left, Options{})
			if err != nil {
				t.Fatal(err)
			}
			faults := &storetest.Faults{}
			faults.Fail(fault, 1, 2)
			again.applyTxn = func(txn *badger.Txn) error { return faults.Commit(txn.Commit) }
			again.start()
			eventually(t, "the journal to be applied", func() bool { return again.backlog.lag() == 0 })
			damaged := func() {
				t.Helper()
				if got := listAll(t, again, query.Events{}); len(got) != 9 {
					t.Errorf("%d events", len(got))
				}
				if h := again.Health(); h.Entries != 9 || h.Damaged != 1 || h.Error == "" {
					t.Errorf("health %+v", h)
				}
			}
			damaged()
			if found, err := again.Check(context.Background()); err != nil || fault != storetest.Persisted && (len(found.Faults) != 1 ||
				found.Faults[0].What != "the journal" || !strings.Contains(found.Faults[0].Reason, "events 5 to 5")) {
				t.Errorf("%+v, %v", found, err)
			}
			if out := mustAppend(t, again, storetest.BookingEvent(4)); out[0].Duplicate || out[0].Seq != 11 {
				t.Errorf("sent again: %+v", out)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
			again = openTestLog(t, left, Options{})
			if h := again.Health(); h.Entries != 10 || h.Damaged != 1 {
				t.Errorf("at the next start: health %+v", h)
			}
		})
	}
}

// A check of a log whose database cannot be written reads the journal, and ignores what
// was applied.
func TestCheckReadsTheJournal(t *testing.T) {
	dir := t.TempDir()
	a, err := newAppLog(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	faults := &storetest.Faults{}
	a.applyTxn = func(txn *badger.Txn) error { return faults.Commit(txn.Commit) }
	a.start()
	t.Cleanup(func() {
		faults.Heal()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	mustAppend(t, a, storetest.BookingEvent(0))
	mustHold(t, a, 1)
	faults.Fail(storetest.NotPersisted, 1, storetest.Forever)
	mustAppend(t, a, storetest.BookingEvent(1))
	mustAppend(t, a, storetest.BookingEvent(2))
	listAll(t, a, query.Events{})
	damageEvent(t, dir, storetest.BookingEvent(0).ID)
	if found, err := a.Check(context.Background()); err != nil || !found.Good() {
		t.Errorf("damage to what was applied: %+v, %v", found, err)
	}
	damageEvent(t, dir, storetest.BookingEvent(1).ID)
	if found, err := a.Check(context.Background()); err != nil || len(found.Faults) != 1 || !strings.Contains(found.Faults[0].Reason, "events 2 to 2") {
		t.Errorf("damage to what was not applied: %+v, %v", found, err)
	}
}

// A directory of an earlier version has no journal. It gets one that goes on after the
// last number.
func TestOldDirectoryGetsAJournal(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, a, storetest.BookingEvent(0), storetest.BookingEvent(1))
	if err := errors.Join(a.Close(), os.Remove(filepath.Join(dir, journalDir))); err != nil {
		t.Fatal(err)
	}
	a = openTestLog(t, dir, Options{})
	if out := mustAppend(t, a, storetest.BookingEvent(1), storetest.BookingEvent(2)); !out[0].Duplicate || out[0].Seq != 2 || out[1].Seq != 3 {
		t.Errorf("%+v", out)
	}
	mustHold(t, a, 3)
}

// A directory that is gone for a moment is no sync that failed: the next one counts.
func TestSyncOfADirectoryThatIsGone(t *testing.T) {
	a, err := newAppLog(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var gone atomic.Bool
	synced := a.syncDB
	a.syncDB = func() error {
		if gone.Load() {
			return kv.ErrNotTried
		}
		return synced()
	}
	a.start()
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	gone.Store(true)
	mustAppend(t, a, storetest.BookingEvent(0))
	mustHold(t, a, 1)
	checkpoint := func() (last uint64) {
		t.Helper()
		if err := a.do(context.Background(), func() error { a.checkpoint(); last = a.follower.synced; return nil }); err != nil {
			t.Fatal(err)
		}
		return last
	}
	if last := checkpoint(); last != 0 || a.Health().Error != "" {
		t.Errorf("synced up to %d, health %+v", last, a.Health())
	}
	gone.Store(false)
	if last := checkpoint(); last != 1 {
		t.Errorf("back, and synced up to %d", last)
	}
}
