package applog

import (
	"context"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/storetest"
)

// What an erasure takes away while a retention run gives the disk back is not part
// of what that run gives back, and stays pending.
func TestRemovalDuringCompactionStaysPending(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	ctx := context.Background()
	if err := a.Append(ctx, storetest.BookingEvent(1), storetest.BookingEvent(2)); err != nil {
		t.Fatal(err)
	}
	anonymize := func(seq uint64) {
		t.Helper()
		e, err := a.Event(ctx, seq)
		if err == nil {
			err = a.anonymizeEach(ctx, []codec.Position{codec.NewPosition(e.Time, seq)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pending := func() bool {
		t.Helper()
		value, err := a.setting(settingCompaction)
		if err != nil {
			t.Fatal(err)
		}
		return value != nil
	}
	anonymize(1)
	taken := a.removalCount()
	if err := a.compact(ctx); err != nil {
		t.Fatal(err)
	}
	anonymize(2)
	if err := a.noteCompacted(ctx, taken); err != nil || !pending() {
		t.Errorf("what was taken away meanwhile is not pending: %v", err)
	}
	if err := a.compactPending(ctx); err != nil || pending() {
		t.Errorf("after everything was given back: %v, pending %v", err, pending())
	}
}

// A caller that writes to somebody that reads slowly keeps nothing on the disk that is
// deleted meanwhile.
func TestEachEventHoldsNothingOpen(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	ctx := context.Background()
	var told []record.Event
	const count = 2*someEvents + 1
	for n := range count {
		told = append(told, storetest.BookingEvent(n))
	}
	if err := a.Append(ctx, told...); err != nil {
		t.Fatal(err)
	}
	want := uint64(1)
	err := a.EachEvent(ctx, func(e *record.Event) error {
		if e.Seq != want {
			t.Fatalf("entry %d comes after %d", e.Seq, want-1)
		}
		want++
		left, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := a.readers.Wait(left); err != nil {
			t.Fatalf("entry %d: somebody keeps on reading: %v", e.Seq, err)
		}
		return nil
	})
	if err != nil || want != count+1 {
		t.Errorf("came to %d, %v", want, err)
	}
}
