package serverlog

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
)

// quiet keeps the flusher from flushing by itself during a test.
const quiet = time.Hour

func openTestServerLog(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !l.closed {
			closeLog(t, l)
		}
	})
	return l
}

func closeLog(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// numbered is a request that its number identifies.
func numbered(n int) *record.Request {
	r := sampleRequest()
	r.RequestID = fmt.Sprint(n)
	r.Time = r.Time.Add(time.Duration(n) * time.Millisecond)
	return r
}

func mustRecord(t testing.TB, l *Log, requests ...*record.Request) {
	t.Helper()
	for _, r := range requests {
		if !l.Record(r) {
			t.Fatalf("request %s was dropped", r.RequestID)
		}
	}
}

func mustFlush(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// list follows the cursors to the end and returns the request ids.
func list(t testing.TB, l *Log, q query.Requests) (ids []string) {
	t.Helper()
	for {
		page, next, err := l.Requests(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			ids = append(ids, r.RequestID)
		}
		if q.Cursor = next; next == "" {
			return ids
		}
	}
}

func wantList(t testing.TB, l *Log, want ...string) {
	t.Helper()
	if got := list(t, l, query.Requests{}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// until waits for a condition that background work brings about.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

func TestRecordedIsFoundAtOnce(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{Instance: "acme", FlushEvery: quiet})
	want := sampleRequest()
	mustRecord(t, l, want)
	page, next, err := l.Requests(context.Background(), query.Requests{})
	if err != nil || len(page) != 1 || next != "" {
		t.Fatalf("got %v, %q, %v", page, next, err)
	}
	want.Instance = "acme"
	if page[0] != *want {
		t.Errorf("got %+v, want %+v", page[0], *want)
	}
}

func TestFlushesByItself(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: time.Millisecond})
	mustRecord(t, l, numbered(1))
	until(t, "the request is written", func() bool { return l.Health().Entries == 1 })
}

func TestFlushesEarlyWhenHalfFull(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet, QueueBytes: 16 << 10})
	for n := 0; l.Record(numbered(n)); n++ {
		if l.Health().Entries > 0 {
			return
		}
	}
	until(t, "a queue that is half full is flushed", func() bool { return l.Health().Entries > 0 })
}

func TestRecordKeepsNothingAndAllocatesNothing(t *testing.T) {
	q := newQueue(8 << 20)
	r := sampleRequest()
	for range 3 { // both buffers of each shard grow to their size
		for q.record(r) {
		}
		q.drain(func(int64, []byte) {})
	}
	if n := testing.AllocsPerRun(1000, func() {
		if !q.record(r) {
			t.Fatal("dropped")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestQueueIsBoundedAndCounts(t *testing.T) {
	full := &atomic.Bool{}
	o := Options{FlushEvery: quiet, QueueBytes: 64 << 10, MinFree: 1, Free: func(string) (uint64, error) {
		if full.Load() {
			return 0, nil
		}
		return 1, nil
	}}
	l := openTestServerLog(t, t.TempDir(), o)
	full.Store(true)
	taken, dropped := 0, 0
	for n := range 5000 {
		if l.Record(numbered(taken)) {
			taken++
		} else {
			dropped++
		}
		if n%100 == 99 { // trying again takes no more in
			if err := l.Flush(context.Background()); !errors.Is(err, kv.ErrDiskFull) {
				t.Fatalf("flush: %v", err)
			}
		}
	}
	if dropped < 1000 {
		t.Fatalf("%d of 5000 requests fit into a full queue", taken)
	}
	h := l.Health()
	if h.Recorded != uint64(taken) || h.Dropped != uint64(dropped) {
		t.Errorf("recorded %d, dropped %d; want %d, %d", h.Recorded, h.Dropped, taken, dropped)
	}
	if h.QueueMax != 32<<10 || h.Queue > 64<<10 || h.Queue < 16<<10 {
		t.Errorf("queue %d of %d", h.Queue, h.QueueMax)
	}
	if h := l.Health(); h.State != record.StateDown || !strings.Contains(h.Error, "free some space") {
		t.Errorf("health %+v", h)
	}
	// What is on the disk can be read while nothing can be written.
	wantList(t, l)

	full.Store(false)
	if got := list(t, l, query.Requests{Limit: query.MaxLimit}); len(got) != taken {
		t.Errorf("%d of %d requests were written after all", len(got), taken)
	}
	if h := l.Health(); h.State != record.StateOK || h.Error != "" || h.Entries != uint64(taken) || h.Queue != 0 {
		t.Errorf("health %+v", h)
	}
}

// A write that fails may have happened or not: both are repeated, and neither
// loses or doubles anything.
func TestFailedWrites(t *testing.T) {
	broken := errors.New("broken")
	for name, fail := range map[string]func(*badger.Txn) error{
		"not persisted": func(*badger.Txn) error { return broken },
		"persisted": func(txn *badger.Txn) error {
			if err := txn.Commit(); err != nil {
				return err
			}
			return broken
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			observed := 0
			l, err := newServerLog(dir, Options{FlushEvery: quiet, Observe: func(*record.Request) { observed++ }}.withDefaults())
			if err != nil {
				t.Fatal(err)
			}
			failures := 2
			l.flusher.commit = func(txn *badger.Txn) error {
				if failures--; failures < 0 {
					return txn.Commit()
				}
				return fail(txn)
			}
			l.start()
			mustRecord(t, l, numbered(1))
			if err := l.Flush(context.Background()); !errors.Is(err, broken) {
				t.Fatalf("flush: %v", err)
			}
			mustRecord(t, l, numbered(2))
			if err := l.Flush(context.Background()); !errors.Is(err, broken) {
				t.Fatalf("flush: %v", err)
			}
			wantList(t, l, "2", "1")
			mustRecord(t, l, numbered(3))
			wantList(t, l, "3", "2", "1")
			closeLog(t, l)
			if observed != 3 {
				t.Errorf("3 requests were observed %d times", observed)
			}
			l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
			wantList(t, l, "3", "2", "1")
			if h := l.Health(); h.Entries != 3 || h.State != record.StateOK {
				t.Errorf("health %+v", h)
			}
		})
	}
}

func TestCloseSaysWhatIsLost(t *testing.T) {
	full := &atomic.Bool{}
	l, err := Open(t.TempDir(), Options{FlushEvery: quiet, MinFree: 1, Free: func(string) (uint64, error) {
		if full.Load() {
			return 0, nil
		}
		return 1, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	mustRecord(t, l, numbered(1), numbered(2))
	err = l.Close()
	if !errors.Is(err, kv.ErrDiskFull) || !strings.Contains(err.Error(), "2 requests are lost") {
		t.Errorf("got %v", err)
	}
	if h := l.Health(); h.Dropped != 2 {
		t.Errorf("dropped %d", h.Dropped)
	}
}

func TestCloseWritesTheQueue(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(1), numbered(2))
	closeLog(t, l)
	wantList(t, openTestServerLog(t, dir, Options{FlushEvery: quiet}), "2", "1")
}

func TestClosedLog(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{})
	closeLog(t, l)
	if l.Record(numbered(1)) {
		t.Error("a closed log records")
	}
	if err := l.Flush(context.Background()); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("flush: %v", err)
	}
	if _, _, err := l.Requests(context.Background(), query.Requests{}); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("requests: %v", err)
	}
	if h := l.Health(); h.Recorded != 0 || h.Dropped != 1 {
		t.Errorf("recorded %d, dropped %d", h.Recorded, h.Dropped)
	}
}

// Nothing that Record accepted is lost when the log is closed meanwhile.
func TestRecordWhileClosing(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: time.Millisecond})
	var taken atomic.Int64
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for n := 0; l.Record(numbered(n)); n++ {
				taken.Add(1)
				if n%100 == 0 {
					if _, _, err := l.Requests(context.Background(), query.Requests{}); err != nil && !errors.Is(err, kv.ErrClosed) {
						t.Error(err)
					}
				}
			}
		})
	}
	until(t, "something is recorded", func() bool { return taken.Load() > 500 })
	closeLog(t, l)
	writers.Wait()
	l = openTestServerLog(t, dir, Options{})
	if h := l.Health(); h.Entries != uint64(taken.Load()) {
		t.Errorf("%d of %d requests are kept", h.Entries, taken.Load())
	}
}

func TestRequestsHonoursContext(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(1))
	mustFlush(t, l)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if page, _, err := l.Requests(ctx, query.Requests{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", page, err)
	}
}

func TestBadCursor(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet})
	good := rowID{1, 2}.cursor()
	for _, cursor := range []string{"x", "!", good + "A", good[:len(good)-1], "B" + good[1:], strings.Repeat("A", 23), good[:len(good)-4]} {
		var wrong *record.ParamError
		if _, _, err := l.Requests(context.Background(), query.Requests{Cursor: cursor}); !errors.As(err, &wrong) || wrong.Param != "cursor" {
			t.Errorf("%q: %v", cursor, err)
		}
	}
	for _, at := range []rowID{{}, {math.MinInt64, 0}, {math.MaxInt64, math.MaxUint64}} {
		if back, err := parseRowID(at.cursor()); err != nil || back != at {
			t.Errorf("%v comes back as %v, %v", at, back, err)
		}
	}
}

func TestHealthCounts(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	o := Options{FlushEvery: quiet, Now: func() time.Time { return now }}
	l := openTestServerLog(t, dir, o)
	if h := l.Health(); h.Entries != 0 || !h.Oldest.IsZero() || !h.Newest.IsZero() {
		t.Errorf("an empty log: %+v", h)
	}
	first, late := numbered(5), numbered(6)
	late.Time = first.Time.Add(-72 * time.Hour)
	mustRecord(t, l, first)
	mustFlush(t, l)
	mustRecord(t, l, late)
	mustFlush(t, l)
	check := func(h record.BookHealth) {
		t.Helper()
		if h.State != record.StateOK || h.Entries != 2 || h.Bytes < 1 || h.Queue != 0 ||
			!h.Oldest.Equal(late.Time) || !h.Newest.Equal(first.Time) {
			t.Errorf("health %+v", h)
		}
	}
	check(l.Health())
	if h := l.Health(); !h.LastFlush.Equal(now) || h.Recorded != 2 {
		t.Errorf("health %+v", h)
	}
	closeLog(t, l)
	check(openTestServerLog(t, filepath.Clean(dir), o).Health())
}
