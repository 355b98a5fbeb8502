package applog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/storetest"
)

func journalFiles(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, journalDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// copyOf is what a process that is killed now leaves behind.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return left
}

// Whatever the database lacks of the journal, nothing or everything, is there when the
// log is opened: with its number, its marks and all that it is found by.
func TestJournalIsReplayed(t *testing.T) {
	for name, lose := range map[string]func(dir string) error{
		"nothing is lost":      func(string) error { return nil },
		"the database is lost": func(dir string) error { return os.Truncate(filepath.Join(dir, "00001.mem"), 20) },
		"a part is lost": func(dir string) error {
			path := filepath.Join(dir, "00001.mem")
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content[strings.Index(string(content), storetest.BookingEvent(3).ID)] ^= 1
			return os.WriteFile(path, content, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			a := openTestLog(t, dir, Options{})
			for n := range 10 {
				mustAppend(t, a, storetest.BookingEvent(n))
				listAll(t, a, query.Events{}) // each is a transaction of its own
			}
			conflict := storetest.BookingEvent(4)
			conflict.Text = "Another text."
			mustAppend(t, a, conflict)
			want := listAll(t, a, query.Events{})
			left := copyOf(t, dir)
			if err := lose(left); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				again := openTestLog(t, left, Options{})
				if got := listAll(t, again, query.Events{}); len(got) != len(want) {
					t.Fatalf("%d events, want %d", len(got), len(want))
				}
				if h := again.Health(); h.Entries != 11 || h.Damaged != 0 {
					t.Errorf("health %+v", h)
				}
				if found, err := again.Check(context.Background()); err != nil || !found.Good() {
					t.Errorf("%+v, %v", found, err)
				}
				if out := mustAppend(t, again, conflict, storetest.BookingEvent(3)); !out[0].Duplicate || out[0].Seq != 11 || !out[1].Duplicate || out[1].Seq != 4 {
					t.Errorf("told again: %+v", out)
				}
				if err := again.Close(); err != nil {
					t.Fatal(err)
				}
				if files := journalFiles(t, left); len(files) > 0 {
					t.Errorf("closed, the journal has %v", files)
				}
			}
		})
	}
}

// What is removed from an entry that is in the journal leaves the journal first, and
// what is appended meanwhile stays.
func TestRemovalEmptiesTheJournal(t *testing.T) {
	dir := t.TempDir()
	a := openTestLog(t, dir, Options{})
	mustAppend(t, a, storetest.BookingEvent(1), storetest.BookingEvent(2))
	if len(journalFiles(t, dir)) != 1 {
		t.Fatal("no journal")
	}
	e, err := a.Event(context.Background(), 1)
	if err == nil {
		err = a.anonymizeEach(context.Background(), []codec.Position{codec.NewPosition(e.Time, 1)})
	}
	if files := journalFiles(t, dir); err != nil || len(files) != 0 {
		t.Errorf("after the removal: %v, %v", files, err)
	}
	mustAppend(t, a, storetest.BookingEvent(3))
	again := openTestLog(t, copyOf(t, dir), Options{})
	got := listAll(t, again, query.Events{})
	if len(got) != 3 {
		t.Fatalf("%d events", len(got))
	}
	for _, e := range got {
		if e.Anonymized != (e.Seq == 1) {
			t.Errorf("%+v", e)
		}
	}
}

// The database fails, in both ways: events are durable nevertheless, questions are
// answered from what is there, and once it works each event is there once.
func TestFollowerFails(t *testing.T) {
	for _, fault := range []storetest.Fault{storetest.NotPersisted, storetest.Persisted} {
		t.Run(fault.String(), func(t *testing.T) {
			a, err := newAppLog(t.TempDir(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			faults := &storetest.Faults{}
			a.applyTxn = func(txn *badger.Txn) error { return faults.Commit(txn.Commit) }
			a.start()
			defer func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}()
			mustAppend(t, a, storetest.BookingEvent(0))
			listAll(t, a, query.Events{})
			faults.Fail(fault, 1, storetest.Forever)
			mustAppend(t, a, storetest.BookingEvent(1), storetest.BookingEvent(2))
			listAll(t, a, query.Events{})
			err = a.PutFlags(context.Background(), record.Flag{ID: "f"})
			// What was written after all is found by the next try.
			if failed := errors.Is(err, storetest.ErrInjected); failed != (fault == storetest.NotPersisted) {
				t.Errorf("a change while the database fails: %v", err)
			}
			if out := mustAppend(t, a, storetest.BookingEvent(1)); !out[0].Duplicate || out[0].Seq != 2 {
				t.Errorf("told again: %+v", out)
			}
			faults.Heal()
			eventually(t, "the events to be applied", func() bool { return len(listAll(t, a, query.Events{})) == 3 })
			if h := a.Health(); h.Entries != 3 {
				t.Errorf("health %+v", h)
			}
			if found, err := a.Check(context.Background()); err != nil || !found.Good() {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}
