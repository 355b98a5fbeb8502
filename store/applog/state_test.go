package applog

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/storetest"
)

func TestDiskFull(t *testing.T) {
	var free atomic.Uint64
	o := Options{MinFree: 1000, Free: func(string) (uint64, error) { return free.Load(), nil }}
	a := openTestLog(t, t.TempDir(), o)
	if err := a.Down(); !errors.Is(err, kv.ErrDiskFull) {
		t.Fatalf("opened on a full disk: %v", err)
	}
	if err := a.Append(context.Background(), storetest.BookingEvent(1)); !errors.Is(err, kv.ErrDiskFull) {
		t.Errorf("appended to a full disk: %v", err)
	}
	if h := a.Health(); h.Entries != 0 || h.State != record.StateDown || h.Error == "" {
		t.Errorf("health %+v", h)
	}
	free.Store(1000)
	eventually(t, "the log to notice that space is free", func() bool { return a.Down() == nil })
	mustAppend(t, a, storetest.BookingEvent(1))
	free.Store(999)
	eventually(t, "the log to notice that the disk is full", func() bool { return a.Down() != nil })
}

func TestCloseEndsEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	a, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var stored atomic.Uint64
	started := make(chan struct{}, 1)
	for w := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				err := a.Append(context.Background(), storetest.BookingEvent(w*100_000+n))
				if _, _, queryErr := a.Events(context.Background(), query.Events{}); err == nil && queryErr != nil && !errors.Is(queryErr, kv.ErrClosed) {
					t.Error(queryErr)
				}
				a.Health()
				if err != nil {
					if !errors.Is(err, kv.ErrClosed) {
						t.Error(err)
					}
					return
				}
				stored.Add(1)
				select {
				case started <- struct{}{}:
				default:
				}
			}
		})
	}
	<-started
	for range 3 {
		wg.Go(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h := a.Health(); h.Recorded != stored.Load() || h.State != record.StateDown {
		t.Errorf("%d appends were answered; health %+v", stored.Load(), h)
	}
	for name, err := range map[string]error{
		"Append": a.Append(context.Background(), storetest.BookingEvent(1)),
		"Event":  func() error { _, err := a.Event(context.Background(), 1); return err }(),
		"Events": func() error { _, _, err := a.Events(context.Background(), query.Events{}); return err }(),
	} {
		if !errors.Is(err, kv.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	eventually(t, "all goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
}

// Anonymizing removes the personal part; the rest stays.
func TestWithoutPersonalPart(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	e := storetest.FullEvent()
	e.Impersonal = []string{"action"}
	seq := mustAppend(t, a, e)[0].Seq
	err := update(a, func(txn *badger.Txn) error { return txn.Delete(codec.SeqKey(codec.KeyPersonal, seq)) })
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Event(context.Background(), seq)
	if err != nil || !got.Anonymized || got.Initiator != nil || got.Text != "" || got.RequestID != "" || got.Subject.Label != "" ||
		got.Action == nil || got.Subject.ID != e.Subject.ID || got.Outcome != e.Outcome {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := a.view(context.Background(), func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if key := it.Item().Key(); key[0] == codec.KeyPersonal {
				t.Errorf("%q is left", key)
			}
			if err := it.Item().Value(func(v []byte) error {
				for _, text := range []string{"the-text", "the-email", "the-request", "the-old"} {
					if bytes.Contains(v, []byte(text)) {
						t.Errorf("%s is left under %q", text, it.Item().Key())
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// It is still the same event.
	if out := mustAppend(t, a, e); !out[0].Duplicate {
		t.Error("stored again")
	}
}

func TestDamagedEntryIsShown(t *testing.T) {
	a := openTestLog(t, t.TempDir(), Options{})
	mustAppend(t, a, storetest.BookingEvent(1), storetest.BookingEvent(2), storetest.BookingEvent(3))
	if err := update(a, func(txn *badger.Txn) error {
		return errors.Join(txn.Set(codec.SeqKey(codec.KeyImpersonal, 2), []byte("\x09garbage")), txn.Delete(codec.SeqKey(codec.KeyImpersonal, 1)))
	}); err != nil {
		t.Fatal(err)
	}
	page, _, err := a.Events(context.Background(), query.Events{})
	if err != nil || len(page) != 2 || page[0].ID != storetest.BookingEvent(3).ID || page[1].Type != "gatebook.unreadable" ||
		page[1].Seq != 2 || !page[1].Time.Equal(storetest.BookingEvent(2).Time) {
		t.Errorf("got %+v, %v", page, err)
	}
	if _, err := a.Event(context.Background(), 2); !errors.Is(err, kv.ErrNewer) {
		t.Errorf("got %v", err)
	}
}

func TestOpenRefusesNewerFormat(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(update(a, func(txn *badger.Txn) error { return txn.Set([]byte{codec.KeyLast}, []byte("\x02what")) }), a.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, kv.ErrNewer) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
}

// A number is not given twice, even when the newest events are gone.
func TestSeqIsNotReused(t *testing.T) {
	dir := t.TempDir()
	a := openTestLog(t, dir, Options{})
	last := mustAppend(t, a, storetest.BookingEvent(1), storetest.BookingEvent(2))[1].Seq
	if err := errors.Join(a.backlog.barrier(context.Background()), a.do(context.Background(), func() error {
		return a.db.DropPrefix([]byte{codec.KeyImpersonal}, []byte{codec.KeyPersonal})
	}), a.Close()); err != nil {
		t.Fatal(err)
	}
	a = openTestLog(t, dir, Options{})
	if seq := mustAppend(t, a, storetest.BookingEvent(3))[0].Seq; seq <= last {
		t.Errorf("after %d came %d", last, seq)
	}
}
