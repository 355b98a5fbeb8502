package applog

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/storetest"
)

// unsyncedLog is a log of n bookings as kill -9 leaves it: none is in a table yet. Its
// journal is gone, so that what is damaged is not restored from it.
func unsyncedLog(t *testing.T, n int) (dir, mem string) {
	t.Helper()
	open := t.TempDir()
	a := openTestLog(t, open, Options{})
	for i := range n {
		mustAppend(t, a, storetest.BookingEvent(i))
		listAll(t, a, query.Events{}) // each is a transaction of its own
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(open)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, journalDir)); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, "00001.mem")
}

// A damaged transaction is missed; those after it are not cut off with it.
func TestDamagedMemtableLogIsRepaired(t *testing.T) {
	const events = 20
	for _, damaged := range []int{0, 7, events - 2} {
		dir, mem := unsyncedLog(t, events)
		content, err := os.ReadFile(mem)
		if err != nil {
			t.Fatal(err)
		}
		id := storetest.BookingEvent(damaged).ID
		content[strings.Index(string(content), id)+3] ^= 1
		mustWrite(t, mem, string(content))
		for life := range 2 {
			log := &storetest.LogBuffer{}
			a := openTestLog(t, dir, Options{Log: storetest.TextLog(log)})
			got := listAll(t, a, query.Events{})
			for _, e := range got {
				if e.ID == id {
					t.Errorf("the damaged event is shown: %+v", e)
				}
			}
			if h := a.Health(); len(got) != events-1 || h.Damaged != 1 || h.Entries != events-1 || h.Error == "" {
				t.Errorf("event %d damaged: %d are left; health %+v", damaged, len(got), h)
			}
			if !strings.Contains(log.String(), "the application log is damaged") || strings.Contains(log.String(), "a log is damaged") != (life == 0) {
				t.Errorf("it says: %s", log)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := os.Stat(mem + kv.DamagedSuffix); err != nil {
			t.Error(err)
		}
		a := openTestLog(t, dir, Options{})
		if again := mustAppend(t, a, storetest.BookingEvent(damaged), storetest.BookingEvent(damaged+1)); again[0].Duplicate || again[0].Seq != events+1 || !again[1].Duplicate {
			t.Errorf("told again: %+v", again)
		}
	}
}

// What a crash leaves at the end of a log is no damage, and neither is nothing.
func TestTruncatedMemtableLogIsNoDamage(t *testing.T) {
	dir, mem := unsyncedLog(t, 20)
	content, err := os.ReadFile(mem)
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.RepairFiles(dir, storetest.TextLog(io.Discard)); err != nil {
		t.Fatal(err)
	}
	if copies, _, err := kv.PendingRepairs(dir); err != nil || len(copies) > 0 {
		t.Errorf("a whole log is damaged: %v, %v", copies, err)
	}
	at := strings.LastIndex(string(content), storetest.BookingEvent(19).ID)
	clear(content[at:])
	mustWrite(t, mem, string(content))
	log := &storetest.LogBuffer{}
	a := openTestLog(t, dir, Options{Log: storetest.TextLog(log)})
	if h := a.Health(); h.Damaged != 0 || h.Entries != 19 || log.String() != "" {
		t.Errorf("health %+v; it says: %s", h, log)
	}
}
