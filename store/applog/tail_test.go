package applog

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/ledger"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/storetest"
)

// The follower makes blocks from the tail, which is the same as to read the entries.
func TestBlocksAreMadeOfTheTail(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	if !a.tail.known() {
		t.Fatal("the tail of an empty log is not known")
	}
	for n := range 3 {
		var list []record.Event
		for i := range search.BlockSeqs - 100 {
			list = append(list, storetest.BookingEvent(n*search.BlockSeqs+i))
		}
		mustAppend(t, a, list...)
		listAll(t, a, query.Events{EventFilter: query.EventFilter{Subjects: []string{"1"}}})
	}
	if missing := missingBlocks(t, a); len(missing) > 0 {
		t.Errorf("blocks %d are missing", missing)
	}
	if found, err := a.Check(context.Background()); err != nil || !found.Good() {
		t.Errorf("%+v, %v", found, err)
	}
}

// A question that began before entries were added does not see them, and the tail of
// a block that is full meanwhile is not taken for that of another.
func TestTailOfAnotherMoment(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	for n := range 3 {
		mustAppend(t, a, storetest.BookingEvent(n))
	}
	for _, more := range []int{10, 2 * search.BlockSeqs} {
		err := a.view(context.Background(), func(txn *badger.Txn) error {
			before, err := codec.ReadLast(txn)
			if err != nil {
				return err
			}
			var list []record.Event
			for i := range more {
				list = append(list, storetest.BookingEvent(more*100+i))
			}
			mustAppend(t, a, list...)
			if err := a.backlog.barrier(context.Background()); err != nil {
				return err
			}
			n := 0
			err = a.at(context.Background(), txn).EachDue(time.Now().AddDate(100, 0, 0), time.Time{}, func(search.Due) error { n++; return nil })
			if n != int(before.Entries) {
				t.Errorf("%d entries, want %d", n, before.Entries)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Terms are hashes of names too: those of a person leave the disk with what is known
// of the person.
func TestTermsAreForgotten(t *testing.T) {
	dir := t.TempDir()
	a := openTestLog(t, dir, Options{})
	var list []record.Event
	for n := range search.BlockSeqs {
		list = append(list, storetest.BookingEvent(n))
	}
	list[9].Initiator = &record.Initiator{ID: "u_gone", Name: "Ada Gone", Email: "gone@example.com"}
	mustAppend(t, a, list...)
	question := query.Events{EventFilter: query.EventFilter{Initiators: []string{"gone@EXAMPLE.com"}}}
	if page := listAll(t, a, question); len(page) != 1 {
		t.Fatalf("found %+v", page)
	}
	awaitBlocks(t, a)
	terms := func() (value []byte) {
		if err := a.view(context.Background(), func(txn *badger.Txn) error {
			item, err := txn.Get(codec.SeqKey(codec.KeyTerms, 0))
			if err == nil {
				value, err = item.ValueCopy(nil)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return value
	}
	before := terms()
	e, err := a.Event(context.Background(), 10)
	if err == nil {
		err = a.Forget(context.Background(), []ledger.Erasure{{Seq: 10, Check: ledger.Check(&e)}})
	}
	if err != nil {
		t.Fatal(err)
	}
	awaitBlocks(t, a)
	if bytes.Equal(before, terms()) {
		t.Error("the terms are what they were")
	}
	if page := listAll(t, a, question); len(page) != 0 {
		t.Errorf("found %+v", page)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, before) {
			t.Errorf("%s has the terms of before", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
