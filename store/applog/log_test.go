package applog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/storetest"
)

func TestAppLogPromises(t *testing.T) {
	storetest.Run(t, func(dir string, faults *storetest.Faults) (storetest.Log, error) {
		a, err := newAppLog(dir, Options{})
		if err != nil {
			return nil, err
		}
		a.commit = faults.Commit
		a.start()
		return a, nil
	})
}

func TestAppendEachTellsWhatBecameOfEach(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	first := mustAppend(t, a, storetest.BookingEvent(1), storetest.BookingEvent(2), storetest.BookingEvent(1))
	want := []Appended{{Seq: 1}, {Seq: 2}, {Seq: 1, Duplicate: true}}
	if !slices.Equal(first, want) {
		t.Errorf("got %v, want %v", first, want)
	}
	other := storetest.BookingEvent(1)
	other.Text = "Another text."
	second := mustAppend(t, a, storetest.BookingEvent(2), other, other)
	want = []Appended{{Seq: 2, Duplicate: true}, {Seq: 3}, {Seq: 3, Duplicate: true}}
	if !slices.Equal(second, want) {
		t.Errorf("got %v, want %v", second, want)
	}
}

func TestAppendLeavesTheCallersEventsAlone(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	events := []record.Event{storetest.BookingEvent(1), storetest.BookingEvent(1)}
	events[1].Text = "Another text."
	events[1].Marks = make([]string, 0, 4)
	before := fmt.Sprintf("%+v", events)
	mustAppend(t, a, events...)
	if after := fmt.Sprintf("%+v", events); after != before || events[1].Marks[:1][0] != "" {
		t.Errorf("was %s, is %s", before, after)
	}
}

// A call that one transaction cannot hold is stored all the same.
func TestAppendLargerThanATransaction(t *testing.T) {
	var told []string
	a := openTestLog(t, t.TempDir(), Options{Stored: func(e *record.Event) { told = append(told, e.ID) }})
	var small, large []record.Event
	for n := range 1500 {
		small = append(small, storetest.BookingEvent(n))
	}
	for n := range 8 {
		e := storetest.BookingEvent(2000 + n)
		e.Text = strings.Repeat("x", 250<<10)
		large = append(large, e)
	}
	mustAppend(t, a, small...)
	mustAppend(t, a, large...)
	if h := a.Health(); h.Entries != 1508 || h.Duplicates != 0 {
		t.Errorf("health %+v", h)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for i, e := range append(small, large...) {
		if told[i] != e.ID {
			t.Fatalf("event %d was told as %s", i, told[i])
		}
	}
}

// Calls that wait together are parted between transactions, never within.
func TestFittingKeepsCallsWhole(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	var entries []*entry
	for range 30 {
		call := newCall(50)
		for n := range 50 {
			e, err := a.newEntry(storetest.BookingEvent(n))
			if err != nil {
				t.Fatal(err)
			}
			call.add(e)
		}
		entries = append(entries, call.entries...)
	}
	transactions := 0
	for len(entries) > 0 {
		n := a.fitting(entries)
		if n%50 != 0 || n == 0 {
			t.Fatalf("a transaction of %d entries", n)
		}
		entries = entries[n:]
		transactions++
	}
	if transactions < 2 || transactions > 4 {
		t.Errorf("%d transactions", transactions)
	}
}

// Stored is called in order, for each new event once, and only once it is on
// the disk.
func TestStored(t *testing.T) {
	var a *Log
	var seqs []uint64
	a, err := newAppLog(t.TempDir(), Options{Stored: func(e *record.Event) {
		seqs = append(seqs, e.Seq)
		got, err := a.Event(context.Background(), e.Seq)
		if err != nil || got.ID != e.ID || !slices.Equal(got.Marks, e.Marks) {
			t.Errorf("told of %+v, stored is %+v, %v", e, got, err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var fails atomic.Bool
	a.commit = func(do func() error) error {
		if fails.CompareAndSwap(true, false) {
			return storetest.ErrInjected
		}
		return do()
	}
	a.start()
	var wg sync.WaitGroup
	for n := range 100 {
		wg.Go(func() {
			e := storetest.BookingEvent(n / 2)
			if n%10 == 0 {
				e.Text = "Another text."
			}
			if err := a.Append(context.Background(), e); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	fails.Store(true)
	if err := a.Append(context.Background(), storetest.BookingEvent(1000)); !errors.Is(err, storetest.ErrInjected) {
		t.Error(err)
	}
	a.Spill(storetest.BookingEvent(1000))
	// 50 ids, 10 of them twice, the late one and the entry for the gap.
	eventually(t, "everything to be stored", func() bool { return a.Health().Recorded == 62 })
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if h := a.Health(); len(seqs) != 62 || h.Late != 1 || h.Conflicts != 10 || h.Duplicates != 40 {
		t.Errorf("told of %d events, health %+v", len(seqs), h)
	}
	if !slices.IsSorted(seqs) || len(slices.Compact(slices.Clone(seqs))) != len(seqs) {
		t.Errorf("told in the order %v", seqs)
	}
}

func TestAppendWithoutTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	a := openTestLog(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	seq := mustAppend(t, a, record.Event{ID: "a", Category: "global"})[0].Seq
	e, err := a.Event(context.Background(), seq)
	if err != nil || !e.Time.Equal(now.Truncate(time.Microsecond)) || !e.Received.Equal(e.Time) || e.Time.Location() != time.UTC {
		t.Errorf("got %+v, %v", e, err)
	}
}

// A caller that stops waiting may have its events stored: telling them again
// stores nothing.
func TestAppendGivesUpWithItsContext(t *testing.T) {
	a, err := newAppLog(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan struct{})
	a.commit = func(do func() error) error { <-held; return do() }
	a.start()
	ctx, cancel := context.WithCancel(context.Background())
	first := make(chan error)
	go func() { first <- a.Append(ctx, storetest.BookingEvent(1)) }()
	eventually(t, "the first to be committed", func() bool { return a.queue.len() == 0 })

	// The committer is busy: what comes now waits, up to a limit.
	full := make([]record.Event, maxWaiting)
	for n := range full {
		full[n] = storetest.BookingEvent(n)
	}
	second := make(chan error)
	go func() { second <- a.Append(ctx, full...) }()
	eventually(t, "the pool to be full", func() bool { return a.Health().Queue >= maxWaiting })
	third := make(chan error)
	go func() { third <- a.Append(ctx, storetest.BookingEvent(maxWaiting)) }()
	select {
	case err := <-first:
		t.Fatalf("answered before the commit: %v", err)
	case err := <-third:
		t.Fatalf("answered without room: %v", err)
	default:
	}
	cancel()
	for _, c := range []chan error{first, second, third} {
		if err := <-c; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	close(held)
	mustAppend(t, a, storetest.BookingEvent(1))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if h := a.Health(); h.Recorded != maxWaiting || h.Duplicates == 0 {
		t.Errorf("health %+v", h)
	}
}

func TestReject(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	a.Reject(2)
	a.Reject(1)
	if n := a.Health().Rejected; n != 3 {
		t.Errorf("counted %d", n)
	}
}

// Interface guards
var _ storetest.Log = (*Log)(nil)
