package applog

import (
	"context"
	"errors"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
)

// age makes of a log what an older version left: index keys, no terms, no times in
// the keys of ids, and an entry that is marked as lost.
func age(t *testing.T, a *Log, all map[uint64]record.Event, lost uint64) {
	t.Helper()
	for _, e := range all {
		mustUpdate(t, a, func(txn *badger.Txn) error {
			at := codec.NewPosition(e.Time, e.Seq)
			for _, kind := range []byte(codec.OldIndexes) {
				prefix := []byte{kind}
				if kind != codec.OldIndexTime {
					prefix = append(prefix, "someone\x00"...)
				}
				if err := txn.Set(append(prefix, at[:]...), nil); err != nil {
					return err
				}
			}
			n, err := codec.GetName(txn, codec.IDKey(e.ID))
			if err != nil {
				return err
			}
			n.Time = record.Event{}.Time
			if e.Seq != lost {
				return txn.Set(codec.IDKey(e.ID), n.First())
			}
			return errors.Join(txn.Delete(codec.IDKey(e.ID)), txn.Delete(codec.SeqKey(codec.KeyPersonal, lost)),
				txn.Set(codec.SeqKey(codec.KeyImpersonal, lost), []byte{codec.LostVersion}), dropBlocks(txn, lost), codec.Damage{Marked: 1}.Write(txn))
		})
	}
	if err := a.do(context.Background(), func() error { return a.db.DropPrefix([]byte{codec.KeyTerms}) }); err != nil {
		t.Fatal(err)
	}
}

func oldKinds(t *testing.T, a *Log) string {
	t.Helper()
	kinds, err := a.oldIndexKinds()
	if err != nil {
		t.Fatal(err)
	}
	return string(kinds)
}

// The directory of an older version loses its index keys and gets terms. The answers
// are right all the time, and the place of a lost entry stays known.
func TestOldDirectory(t *testing.T) {
	r, dir := testrun.Rand(t), t.TempDir()
	a, all := oddLog(t, dir, r, search.BlockSeqs+50)
	awaitBlocks(t, a)
	const lost = 7
	age(t, a, all, lost)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = openTestLog(t, dir, Options{})
	checkLost := func() {
		t.Helper()
		page := listAll(t, a, query.Events{EventFilter: query.EventFilter{Types: []string{"gatebook.unreadable"}}})
		if len(page) != 1 || page[0].Seq != lost || !page[0].Time.Equal(all[lost].Time) {
			t.Errorf("lost entries: %+v, the time was %v", page, all[lost].Time)
		}
	}
	eventually(t, "the old indexes to go", func() bool { return oldKinds(t, a) == "" })
	checkLost()
	awaitBlocks(t, a)
	checkLost()
	delete(all, lost)
	for range 20 {
		q := oddQuery(r, all)
		q.Categories = []string{"booking", "user", "login"} // not gatebook
		q.Not = query.EventFilter{}
		if got, want := len(listAll(t, a, q)), len(find(all, &q)); got != want {
			t.Errorf("%+v: %d entries, want %d", q, got, want)
		}
	}
	if list, err := a.Categories(context.Background()); err != nil || len(list) != 4 {
		t.Errorf("categories %q, %v", list, err)
	}
}

// The old indexes have hashes of names: nothing is removed before they are gone.
func TestRemovalDropsOldIndexesFirst(t *testing.T) {
	a, all := oddLog(t, t.TempDir(), testrun.Rand(t), 20)
	age(t, a, all, 0)
	if err := a.do(context.Background(), a.findOldIndexes); err != nil || oldKinds(t, a) != codec.OldIndexes {
		t.Fatalf("%q, %v", oldKinds(t, a), err)
	}
	changed(t, a, (*rewrite).anonymize, all[3])
	if kinds := oldKinds(t, a); kinds != "" {
		t.Errorf("left are %q", kinds)
	}
}
