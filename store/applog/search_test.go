package applog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/storetest"
)

// oddEvent is the n-th of events that come in any order, share times, and of which
// some are large.
func oddEvent(r *rand.Rand, n int) record.Event {
	e := storetest.BookingEvent(n)
	e.Time = e.Time.Add(time.Duration(r.IntN(400)-200) * time.Millisecond)
	if r.IntN(50) == 0 {
		e.Time = e.Time.Add(-time.Duration(r.IntN(100)) * time.Hour)
	}
	e.Category = []string{"booking", "login", "user"}[r.IntN(3)]
	e.Type = e.Category + []string{".created", ".changed"}[r.IntN(2)]
	e.Outcome = []string{"success", "failure", "denied", ""}[r.IntN(4)]
	e.Initiator.ID, e.Initiator.Name = fmt.Sprintf("u_%d", r.IntN(9)), []string{"Jo Müller", "Ann", "Jörg"}[r.IntN(3)]
	e.Subject.ID = fmt.Sprint(r.IntN(20))
	e.Text = []string{"A desk has been booked.", "The room is taken.", "Größe", ""}[r.IntN(4)]
	e.Persons = [][]string{nil, {"u_1", "p_2"}}[r.IntN(2)]
	if r.IntN(100) == 0 {
		e.Text += strings.Repeat(" large", 1000)
	}
	if r.IntN(3) == 0 {
		e.Until = e.Time.Add(time.Duration(r.IntN(200)) * time.Hour)
	}
	switch r.IntN(40) {
	case 0:
		e.Subject = nil
	case 1:
		e.Initiator = nil
	}
	return e
}

// oddLog is a log of some blocks and a tail, and what it holds.
func oddLog(t *testing.T, dir string, r *rand.Rand, n int) (*Log, map[uint64]record.Event) {
	t.Helper()
	a := openTestLog(t, dir, Options{})
	var list []record.Event
	for i := range n {
		list = append(list, oddEvent(r, i))
	}
	mustAppend(t, a, list...)
	return a, storedEvents(t, a)
}

// storedEvents reads every entry by its number.
func storedEvents(t *testing.T, a *Log) map[uint64]record.Event {
	t.Helper()
	all := map[uint64]record.Event{}
	if err := a.view(context.Background(), func(txn *badger.Txn) error {
		end, err := codec.ReadLast(txn)
		for seq := range end.Seq + 1 {
			e, err := codec.Load(txn, seq)
			if err == nil {
				all[seq] = e
			} else if !errors.Is(err, badger.ErrKeyNotFound) {
				return err
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// changed changes entries as retention and erasure do.
func changed(t *testing.T, a *Log, f func(*rewrite, *record.Event) error, list ...record.Event) {
	t.Helper()
	var at []codec.Position
	for _, e := range list {
		at = append(at, codec.NewPosition(e.Time, e.Seq))
	}
	if err := a.changeEach(context.Background(), at, f); err != nil {
		t.Fatal(err)
	}
}

// find is what a page of all that q asks for should have.
func find(all map[uint64]record.Event, q *query.Events) (want []record.Event) {
	for _, e := range all {
		if q.Match(&e) {
			want = append(want, e)
		}
	}
	slices.SortFunc(want, func(x, y record.Event) int {
		return cmp.Or(y.Time.Compare(x.Time), cmp.Compare(y.Seq, x.Seq))
	})
	return want
}

// oddQuery asks for something of what oddEvent makes.
func oddQuery(r *rand.Rand, all map[uint64]record.Event) (q query.Events) {
	some := func(from ...string) []string {
		if r.IntN(3) > 0 {
			return nil
		}
		return []string{from[r.IntN(len(from))], from[r.IntN(len(from))]}
	}
	filter := func() query.EventFilter {
		return query.EventFilter{
			Categories: some("booking", "login", "nothing"),
			Types:      some("booking.created", "user.*", "login.changed"),
			Outcomes:   some("success", "failure", ""),
			Initiators: some("U_1", "u_2", "jo müller", "user4@flexopus.com"),
			Subjects:   some("3", "booking:3", "Booking:7", "12"),
			Words:      some("desk", "ROOM", "größe", "müller", "large", "desk has"),
		}
	}
	if q.EventFilter = filter(); r.IntN(2) == 0 {
		q.Words = nil
	}
	if r.IntN(3) == 0 {
		q.Not = filter()
	}
	at := func() time.Time {
		return storetest.BookingEvent(r.IntN(len(all))).Time.Add(time.Duration(r.IntN(3)-1) * time.Hour)
	}
	if r.IntN(4) == 0 {
		q.From = at()
	}
	if r.IntN(4) == 0 {
		q.To = at()
	}
	return q
}

// agree compares answers of the log with what they should be.
func agree(t *testing.T, a *Log, all map[uint64]record.Event, r *rand.Rand) {
	t.Helper()
	ctx := context.Background()
	for n := range testrun.Rounds(6, 60) {
		q := oddQuery(r, all)
		want := find(all, &q)
		var got []record.Event
		for q.Limit = 1 + r.IntN(500); ; {
			page, next, err := a.Events(ctx, q)
			if err != nil || len(page) > q.Limit {
				t.Fatalf("%d of %d, %v", len(page), q.Limit, err)
			}
			got = append(got, page...)
			if q.Cursor = next; next == "" {
				break
			}
		}
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("question %d, %+v: %d entries, want %d", n, q, len(got), len(want))
		}
		most := r.IntN(len(all))
		count, more, err := a.Count(ctx, q, most)
		if err != nil || count != min(len(want), most) || more != (len(want) > most) {
			t.Fatalf("%+v: counted %d, %t, %v, there are %d, up to %d", q, count, more, err, len(want), most)
		}
	}
}

// With and without blocks, terms and tail: the answers are those that the entries
// give, also after some were changed and removed.
func TestSearchAgreesWithTheEntries(t *testing.T) {
	r, original := testrun.Rand(t), t.TempDir()
	filled, stored := oddLog(t, original, r, 2*search.BlockSeqs+300)
	awaitBlocks(t, filled)
	if err := filled.Close(); err != nil {
		t.Fatal(err)
	}
	drop := func(kinds ...byte) func(*testing.T, *Log) {
		return func(t *testing.T, a *Log) {
			if err := a.do(context.Background(), func() (err error) {
				for _, kind := range kinds {
					err = errors.Join(err, a.db.DropPrefix([]byte{kind}))
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, prepare := range map[string]func(*testing.T, *Log){
		"as it is":      func(*testing.T, *Log) {},
		"without terms": drop(codec.KeyTerms),
		"no blocks":     drop(kindsOfBlock...),
		"no tail":       func(_ *testing.T, a *Log) { a.tail.set(nil, a.tail.next) },
		"damaged": func(t *testing.T, a *Log) {
			mustUpdate(t, a, func(txn *badger.Txn) error {
				return errors.Join(txn.Set(codec.SeqKey(codec.KeyTerms, 0), []byte{1, 2}), txn.Set(codec.SeqKey(codec.KeyBlock, 1), nil))
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
				t.Fatal(err)
			}
			a, all := openTestLog(t, dir, Options{}), maps.Clone(stored)
			prepare(t, a)
			agree(t, a, all, r)
			var removed, anonymized []record.Event
			for seq := range uint64(len(all)) {
				if e, there := all[seq]; there && r.IntN(10) == 0 {
					removed = append(removed, e)
				} else if there && r.IntN(10) == 0 {
					anonymized = append(anonymized, e)
				}
			}
			changed(t, a, (*rewrite).remove, removed...)
			changed(t, a, (*rewrite).anonymize, anonymized...)
			all = storedEvents(t, a)
			agree(t, a, all, r) // of no blocks
			awaitBlocks(t, a)
			agree(t, a, all, r)
			if found, err := a.Check(context.Background()); err != nil || !found.Good() {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

// A log that grows, loses entries and parts of them, and is opened again: the answers
// are always those that the entries give.
func TestSearchAgreesOverChanges(t *testing.T) {
	r, dir := testrun.Rand(t), t.TempDir()
	a, made := openTestLog(t, dir, Options{}), 0
	for range testrun.Rounds(8, 60) {
		var more []record.Event
		for range r.IntN(700) {
			more = append(more, oddEvent(r, made))
			made++
		}
		mustAppend(t, a, more...)
		some := func(share int) (list []record.Event) {
			for _, e := range storedEvents(t, a) {
				if r.IntN(share) == 0 {
					list = append(list, e)
				}
			}
			return list
		}
		switch r.IntN(5) {
		case 0:
			changed(t, a, (*rewrite).remove, some(20)...)
		case 1:
			changed(t, a, (*rewrite).anonymize, some(20)...)
		case 2:
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			a = openTestLog(t, dir, Options{})
		case 3:
			a.wakeBlocks()
		}
		if all := storedEvents(t, a); len(all) > 0 {
			agree(t, a, all, r)
		}
	}
	awaitBlocks(t, a)
	if found, err := a.Check(context.Background()); err != nil || !found.Good() {
		t.Errorf("%+v, %v", found, err)
	}
}

// Rows for retention are those that the entries give.
func TestEachDue(t *testing.T) {
	r := testrun.Rand(t)
	a, _ := oddLog(t, t.TempDir(), r, 2*search.BlockSeqs+100)
	for _, seq := range []uint64{5, 6, 2100} {
		e, err := a.Event(context.Background(), seq)
		if err != nil {
			t.Fatal(err)
		}
		changed(t, a, (*rewrite).anonymize, e)
	}
	all := storedEvents(t, a)
	for range 2 {
		checkDue(t, a, all)
		awaitBlocks(t, a)
	}
}

func checkDue(t *testing.T, a *Log, all map[uint64]record.Event) {
	t.Helper()
	ctx := context.Background()
	rows := map[uint64]search.Due{}
	middle := storetest.BookingEvent(search.BlockSeqs).Time
	aged := func(before, due time.Time) {
		clear(rows)
		if err := a.view(context.Background(), func(txn *badger.Txn) error {
			return a.at(ctx, txn).EachDue(before, due, func(row search.Due) error { rows[row.Seq] = row; return nil })
		}); err != nil {
			t.Fatal(err)
		}
	}
	aged(middle.Add(time.Hour), time.Time{})
	for seq, e := range all {
		if want := (search.Due{Seq: seq, Category: e.Category, Time: e.Time, Due: block.Due(&e), Anonymized: e.Anonymized}); rows[seq] != want {
			t.Fatalf("%+v, want %+v", rows[seq], want)
		}
	}
	aged(time.Time{}, middle)
	for seq, e := range all {
		if _, there := rows[seq]; !there && !e.Anonymized && block.Due(&e).Before(middle) {
			t.Errorf("row %d is left out", seq)
		}
	}
}
