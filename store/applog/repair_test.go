package applog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/storetest"
)

// listAll reads what q asks for, page by page.
func listAll(t *testing.T, a *Log, q query.Events) (all []record.Event) {
	t.Helper()
	for q.Limit = 100; ; {
		page, next, err := a.Events(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if next == "" {
			return all
		}
		q.Cursor = next
	}
}

// mixedLog makes a log of n events that differ in everything an index has, and
// returns them as they are stored, by seq.
func mixedLog(t *testing.T, dir string, n int) map[uint64]record.Event {
	t.Helper()
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		e := storetest.BookingEvent(i - i%10/9) // every tenth has the id of the one before
		e.Category, e.Outcome = []string{"booking", "login", "user"}[i%3], []string{"success", "failure"}[i%2]
		mustAppend(t, a, e)
	}
	stored := map[uint64]record.Event{}
	for _, e := range listAll(t, a, query.Events{}) {
		stored[e.Seq] = e
	}
	if err := a.Close(); err != nil || len(stored) != n {
		t.Fatal(len(stored), err)
	}
	return stored
}

// checkRepaired holds a log against what had been stored, and tells again what
// it can show.
func checkRepaired(t *testing.T, a *Log, stored map[uint64]record.Event) (damaged uint64) {
	t.Helper()
	got := listAll(t, a, query.Events{})
	for _, e := range got {
		want := stored[e.Seq]
		switch {
		case e.Type == "gatebook.unreadable":
			damaged++
			continue
		case slices.Contains(e.Marks, record.MarkDamaged):
			damaged++
			if e.ID != want.ID || !e.Time.Equal(want.Time) || e.Text != want.Text || e.Initiator != nil || e.Anonymized {
				t.Errorf("what is left of an event is %+v, want %+v", e, want)
			}
			continue
		}
		if !reflect.DeepEqual(e, want) {
			t.Errorf("got %+v, want %+v", e, want)
		}
		for _, q := range []query.Events{
			{EventFilter: query.EventFilter{Categories: []string{e.Category}}},
			{EventFilter: query.EventFilter{Subjects: []string{e.Subject.ID}}},
			{EventFilter: query.EventFilter{Initiators: []string{e.Initiator.Email}}},
			{EventFilter: query.EventFilter{Types: []string{e.Type}, Outcomes: []string{e.Outcome}}},
		} {
			q.From, q.To = e.Time, e.Time.Add(1)
			if !slices.ContainsFunc(listAll(t, a, q), func(o record.Event) bool { return o.Seq == e.Seq }) {
				t.Errorf("%+v does not find event %d", q, e.Seq)
			}
		}
		if again := mustAppend(t, a, e); !again[0].Duplicate || again[0].Seq != e.Seq {
			t.Errorf("event %d is stored again as %+v", e.Seq, again)
		}
	}
	h := a.Health()
	if len(got) != len(stored) || h.Entries != uint64(len(stored)) || h.Damaged != damaged {
		t.Errorf("%d of %d entries, %d of them damaged; health %+v", len(got), len(stored), damaged, h)
	}
	if (h.Damaged > 0) != strings.Contains(h.Error, "restore the directory from a backup") || h.State != record.StateOK {
		t.Errorf("%d damaged, %s, %q", h.Damaged, h.State, h.Error)
	}
	return damaged
}

// Whichever blocks of a table are lost: what is intact is served, found and
// known, what is not is counted and has its place, and numbers go on.
func TestLostBlocksAreRepaired(t *testing.T) {
	const events = 120
	original := t.TempDir()
	stored := mixedLog(t, original, events)
	content, err := os.ReadFile(filepath.Join(original, "000001.sst"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := kv.ReadTable(content)
	if err != nil || len(table.Blocks) < 10 || table.Damaged != 0 {
		t.Fatalf("%d blocks, %v", len(table.Blocks), err)
	}
	random := testrun.Rand(t)
	var cases [][]int
	for n := range table.Blocks {
		cases = append(cases, []int{n}, []int{n, random.IntN(len(table.Blocks))}, random.Perm(len(table.Blocks))[:3])
	}
	random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	cases = cases[:testrun.Rounds(min(12, len(cases)), len(cases))]
	var most uint64
	for _, lost := range cases {
		t.Run(fmt.Sprint(lost), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
				t.Fatal(err)
			}
			storetest.DamageBlocks(t, dir, lost...)
			for life := range 2 {
				log := &storetest.LogBuffer{}
				a, err := Open(dir, Options{Log: storetest.TextLog(log)})
				if err != nil {
					t.Fatal(err)
				}
				damaged := checkRepaired(t, a, stored)
				most = max(most, damaged)
				if said := strings.Contains(log.String(), "the application log is damaged"); said != (damaged > 0) {
					t.Errorf("%d damaged, and the log says %s", damaged, log)
				}
				if said := strings.Contains(log.String(), "a table is damaged"); said != (life == 0) {
					t.Errorf("life %d: the log says %s", life, log)
				}
				if life == 1 {
					for _, e := range listAll(t, a, query.Events{EventFilter: query.EventFilter{Types: []string{"gatebook.unreadable"}}}) {
						if again := mustAppend(t, a, stored[e.Seq]); again[0].Duplicate {
							t.Errorf("event %d is lost, and told again it is a duplicate", e.Seq)
						}
					}
					fresh := mustAppend(t, a, record.Event{ID: "fresh", Category: "booking"})
					if _, used := stored[fresh[0].Seq]; used || fresh[0].Duplicate {
						t.Errorf("a new event is %+v", fresh)
					}
				}
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if kept, err := filepath.Glob(filepath.Join(dir, "000001.sst.*")); err != nil || len(kept) != 1 || filepath.Ext(kept[0]) != kv.DamagedSuffix {
				t.Errorf("put aside are %v, %v", kept, err)
			}
		})
	}
	if most == 0 {
		t.Error("no case damaged an event")
	}
}

// With every block lost the log says so and goes on, with numbers that were
// never given.
func TestAllBlocksLost(t *testing.T) {
	dir := t.TempDir()
	mixedLog(t, dir, 120)
	storetest.Overwrite(t, dir, func(content []byte) {
		table, err := kv.ReadTable(slices.Clone(content))
		if err != nil {
			t.Fatal(err)
		}
		clear(content[:table.Size])
	})
	for range 2 {
		a := openTestLog(t, dir, Options{})
		if h := a.Health(); h.Damaged == 0 || h.Entries == 0 {
			t.Errorf("health %+v", h)
		}
		for _, e := range listAll(t, a, query.Events{EventFilter: query.EventFilter{Categories: []string{record.CategoryGatebook}}}) {
			if e.Type != "gatebook.unreadable" || !strings.Contains(e.Text, "damaged") {
				t.Errorf("shown is %+v", e)
			}
		}
		if fresh := mustAppend(t, a, storetest.BookingEvent(1)); fresh[0].Seq <= 120 {
			t.Errorf("the number %d is given again", fresh[0].Seq)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// One flipped bit is not served as the truth.
func TestFlippedBit(t *testing.T) {
	dir := t.TempDir()
	stored := mixedLog(t, dir, 120)
	flipped := 0
	storetest.Overwrite(t, dir, func(content []byte) {
		at := strings.Index(string(content), "A booking has been created")
		if at >= 0 {
			content[at] ^= 1
			flipped++
		}
	})
	if damaged := checkRepaired(t, openTestLog(t, dir, Options{}), stored); damaged == 0 || flipped == 0 {
		t.Error("nothing is damaged")
	}
}

// A repair that was cut off before its end is begun again.
func TestInterruptedRepairStartsAgain(t *testing.T) {
	dir := t.TempDir()
	stored := mixedLog(t, dir, 120)
	storetest.DamageBlocks(t, dir, 3, 9)
	if err := kv.RepairFiles(dir, storetest.TextLog(&storetest.LogBuffer{})); err != nil { // and then the process was killed
		t.Fatal(err)
	}
	for range 2 {
		a := openTestLog(t, dir, Options{})
		damaged := checkRepaired(t, a, stored)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, "000001.sst")
		if err := os.Rename(copied+kv.DamagedSuffix, copied+kv.PendingSuffix); err != nil { // as if told had not come to it
			t.Fatal(err)
		}
		if damaged == 0 {
			t.Error("nothing is damaged")
		}
	}
}
