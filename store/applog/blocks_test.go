package applog

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/check"
	"github.com/gatebook/gatebook/store/storetest"
)

// awaitBlocks waits until every block is there and no use was found for none.
func awaitBlocks(t *testing.T, a *Log) {
	t.Helper()
	a.wakeBlocks()
	eventually(t, "all blocks to be made", func() bool { return len(missingBlocks(t, a)) == 0 })
}

func missingBlocks(t *testing.T, a *Log) (missing []uint64) {
	t.Helper()
	if err := a.view(context.Background(), func(txn *badger.Txn) (err error) {
		missing, err = a.missingBlocks(txn)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return missing
}

// Blocks are made of what a log had before there were any, and of what comes
// later, once the last of its numbers is given.
func TestBlocksAreMade(t *testing.T) {
	dir := t.TempDir()
	a := openTestLog(t, dir, Options{})
	add := func(from, to int) {
		var list []record.Event
		for n := from; n < to; n++ {
			list = append(list, storetest.BookingEvent(n))
		}
		mustAppend(t, a, list...)
	}
	add(0, search.BlockSeqs-2)
	if missing := missingBlocks(t, a); len(missing) > 0 {
		t.Errorf("a block that is not full is missed: %d", missing)
	}
	add(search.BlockSeqs-2, 3*search.BlockSeqs)
	eventually(t, "blocks to be made by themselves", func() bool { return len(missingBlocks(t, a)) == 0 })
	if err := errors.Join(a.db.DropPrefix([]byte{codec.KeyHead}, []byte{codec.KeyBlock}, []byte{codec.KeyTerms}), a.Close()); err != nil {
		t.Fatal(err)
	}
	a = openTestLog(t, dir, Options{})
	eventually(t, "blocks to be made by themselves", func() bool { return len(missingBlocks(t, a)) == 0 })
	if found, err := a.Check(context.Background()); err != nil || !found.Good() {
		t.Errorf("%+v, %v", found, err)
	}
}

// A block that is no use changes no answer, is said once, and made again.
func TestInvalidBlocks(t *testing.T) {
	r, original := testrun.Rand(t), t.TempDir()
	filled, _ := oddLog(t, original, r, 2*search.BlockSeqs+10)
	awaitBlocks(t, filled)
	if err := filled.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		invalidate func(txn *badger.Txn) error
		check      string
	}{
		"a block, truncated": {func(txn *badger.Txn) error { return txn.Set(codec.SeqKey(codec.KeyBlock, 1), []byte("what")) }, "search block 1: block 1: it is not well formed"},
		"a block, gone":      {func(txn *badger.Txn) error { return txn.Delete(codec.SeqKey(codec.KeyBlock, 1)) }, "search block 1: reading 'b'"},
		"a block, another": {func(txn *badger.Txn) error {
			return copyKey(txn, codec.SeqKey(codec.KeyBlock, 0), codec.SeqKey(codec.KeyBlock, 1))
		}, "search block 1: block 1: its checksum is wrong"},
		"a head, truncated": {func(txn *badger.Txn) error { return txn.Set(codec.SeqKey(codec.KeyHead, 1), nil) }, "search block 1: it does not agree"},
		"a head, gone":      {func(txn *badger.Txn) error { return txn.Delete(codec.SeqKey(codec.KeyHead, 1)) }, "search block 1: its head is missing"},
		"terms, truncated":  {func(txn *badger.Txn) error { return txn.Set(codec.SeqKey(codec.KeyTerms, 1), []byte("what")) }, "search block 1: it does not agree"},
		"terms, gone":       {func(txn *badger.Txn) error { return txn.Delete(codec.SeqKey(codec.KeyTerms, 1)) }, "search block 1: reading 'q'"},
		"terms, another": {func(txn *badger.Txn) error {
			return copyKey(txn, codec.SeqKey(codec.KeyTerms, 0), codec.SeqKey(codec.KeyTerms, 1))
		}, "search block 1: it does not agree"},
		"a key, truncated":  {func(txn *badger.Txn) error { return txn.Set([]byte{codec.KeyBlock, 1}, nil) }, "key 6201: it has 2 bytes"},
		"an entry, changed": {func(txn *badger.Txn) error { return txn.Delete(codec.SeqKey(codec.KeyPersonal, search.BlockSeqs+1)) }, "search block 1: it does not agree"},
	} {
		t.Run(name, func(t *testing.T) {
			log := &storetest.LogBuffer{}
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
				t.Fatal(err)
			}
			o := Options{Log: storetest.TextLog(log)}
			a := openTestLog(t, dir, o)
			mustUpdate(t, a, c.invalidate)
			if name != "an entry, changed" {
				agree(t, a, storedEvents(t, a), r)
				awaitBlocks(t, a)
			}
			var found check.Log
			eventually(t, "a check before the block is made again", func() bool {
				mustUpdate(t, a, c.invalidate)
				var err error
				if found, err = a.Check(context.Background()); err != nil {
					t.Fatal(err)
				}
				return len(found.Faults) > 0
			})
			storetest.WantFaults(t, found, c.check)
			eventually(t, "the block to agree again", func() bool {
				a.wakeBlocks()
				found, err := a.Check(context.Background())
				return err == nil && !slices.ContainsFunc(found.Faults, func(f check.Fault) bool { return strings.Contains(f.What, "block") })
			})
			agree(t, a, storedEvents(t, a), r)
			if n := strings.Count(log.String(), "is made again from them"); n > 4 {
				t.Errorf("said %d times", n)
			}
		})
	}
}

func copyKey(txn *badger.Txn, from, to []byte) error {
	item, err := txn.Get(from)
	if err != nil {
		return err
	}
	value, err := item.ValueCopy(nil)
	return errors.Join(err, txn.Set(to, value))
}

// An entry that cannot be read is where the lists have it, in a block too.
func TestUnreadableEntryInABlock(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	var list []record.Event
	for n := range search.BlockSeqs {
		list = append(list, storetest.BookingEvent(n))
	}
	mustAppend(t, a, list...)
	awaitBlocks(t, a)
	mustUpdate(t, a, func(txn *badger.Txn) error {
		return errors.Join(txn.Set(codec.SeqKey(codec.KeyImpersonal, 7), []byte("\x09garbage")), txn.Set(codec.SeqKey(codec.KeyImpersonal, 9), []byte{codec.LostVersion}),
			txn.Set(codec.SeqKey(codec.KeyImpersonal, search.BlockSeqs), []byte{codec.LostVersion}), dropBlocks(txn, 7))
	})
	for range 2 {
		for _, f := range []query.EventFilter{{Words: []string{"cannot be read"}}, {Types: []string{"gatebook.*"}}} {
			page := listAll(t, a, query.Events{EventFilter: f})
			if len(page) != 3 || page[0].Seq != search.BlockSeqs || page[1].Seq != 9 || page[2].Seq != 7 || !page[2].Time.Equal(storetest.BookingEvent(6).Time) {
				t.Errorf("found %+v", page)
			}
		}
		awaitBlocks(t, a)
	}
}

// A log that was damaged has its blocks from what is left.
func TestBlocksAfterDamage(t *testing.T) {
	dir := t.TempDir()
	filledLog(t, dir, search.BlockSeqs+20)
	storetest.DamageBlocks(t, dir, 2, 3, 40)
	a := openTestLog(t, dir, Options{})
	awaitBlocks(t, a)
	if a.Health().Damaged == 0 {
		t.Error("nothing is damaged")
	}
	found, err := a.Check(context.Background())
	if err != nil || slices.ContainsFunc(found.Faults, func(f check.Fault) bool { return strings.Contains(f.What, "block") }) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestDropBlocks(t *testing.T) {
	a, err := newAppLog(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(a.journal.Close(), a.db.Close()); err != nil {
			t.Error(err)
		}
	}()
	write := func(f func(*badger.Txn) error) { // nothing runs
		t.Helper()
		if err := a.db.Update(f); err != nil {
			t.Fatal(err)
		}
	}
	write(func(txn *badger.Txn) (err error) {
		for block := range uint64(4) {
			for _, kind := range kindsOfBlock {
				err = errors.Join(err, txn.Set(codec.SeqKey(kind, block), nil))
			}
		}
		return err
	})
	write(func(txn *badger.Txn) error { return dropBlocks(txn, 1, 1023, 2048) })
	if err := a.view(context.Background(), func(txn *badger.Txn) error {
		for block, want := range []bool{false, true, false, true} {
			for _, kind := range kindsOfBlock {
				if _, err := txn.Get(codec.SeqKey(kind, uint64(block))); (err == nil) != want {
					t.Errorf("%c of block %d: %v", kind, block, err)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	a.wakeBlocks()
	a.wakeBlocks() // it does not wait for anybody
}
