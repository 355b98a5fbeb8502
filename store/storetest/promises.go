package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func testDurable(t *testing.T, open Open) {
	b := newBench(t, open)
	b.check()
	b.add(booking(1))
	b.add(booking(2), booking(3), record.Event{ID: "least", Time: noon, Received: noon, Category: "global"})
	b.check()
	b.reopen()
	b.check()
	last := b.all(query.Events{Limit: 1})[0].Seq
	b.add(booking(4))
	b.check()
	if seq := b.all(query.Events{Limit: 1})[0].Seq; seq <= last {
		t.Errorf("after %d and a restart came number %d", last, seq)
	}
	h := b.Health()
	if h.State != record.StateOK || h.Error != "" || h.Recorded != 1 || h.LastFlush.IsZero() || h.Bytes == 0 ||
		!h.Oldest.Equal(noon) || !h.Newest.Equal(booking(4).Time) || h.Queue != 0 || h.QueueMax == 0 {
		t.Errorf("health %+v", h)
	}
}

func testIdempotent(t *testing.T, open Open) {
	b := newBench(t, open)
	b.add(booking(1), booking(1), booking(2))
	b.add(booking(1))
	again := booking(2)
	again.Received = again.Received.Add(time.Minute)
	again.Marks = []string{record.MarkTrailer}
	again.Status, again.Method, again.RequestID, again.Transport = 200, "PUT", "r-2", "trailer"
	b.add(again)
	if h := b.Health(); h.Recorded != 2 || h.Duplicates != 3 || h.Conflicts != 0 {
		t.Errorf("health %+v", h)
	}
	b.check()
	b.reopen()
	b.add(booking(1), booking(3))
	b.check()
	if h := b.Health(); h.Recorded != 1 || h.Duplicates != 1 || h.Entries != 3 {
		t.Errorf("after a restart: health %+v", h)
	}
}

func testConflict(t *testing.T, open Open) {
	b := newBench(t, open)
	others := []record.Event{booking(1), booking(1), booking(1), booking(1)}
	others[1].Text = "Another text."
	others[2].Initiator = nil
	others[3].Impersonal = nil
	for range 2 {
		for _, e := range others {
			b.add(e)
		}
		b.add(others...)
		b.check()
		b.reopen()
	}
	if len(b.model.events) != len(others) {
		t.Fatalf("the model holds %d events", len(b.model.events))
	}
	conflicts := 0
	for _, e := range b.all(query.Events{}) {
		if slices.Contains(e.Marks, record.MarkConflict) {
			conflicts++
		}
	}
	if conflicts != len(others)-1 {
		t.Errorf("%d entries are marked as conflicts", conflicts)
	}
}

// What the gate derived tells nothing about whether the application told the
// same thing again.
func testDerived(t *testing.T, open Open) {
	b := newBench(t, open)
	e := booking(1)
	e.Received = e.Time
	e.Marks = []string{record.MarkNoOutcome}
	b.add(e)
	e.Received = e.Received.Add(time.Minute)
	e.Time = e.Received
	e.Outcome = record.OutcomeFailure
	b.add(e)
	b.check()
	if h := b.Health(); h.Duplicates != 1 || h.Entries != 1 {
		t.Errorf("health %+v", h)
	}
}

func testRefused(t *testing.T, open Open) {
	b := newBench(t, open)
	for name, spoil := range map[string]func(*record.Event){
		"no id":       func(e *record.Event) { e.ID = "" },
		"long id":     func(e *record.Event) { e.ID = strings.Repeat("x", 256) },
		"no category": func(e *record.Event) { e.Category = "" },
		"category":    func(e *record.Event) { e.Category = "book\x00ing" },
		"time":        func(e *record.Event) { e.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"until":       func(e *record.Event) { e.Until = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) },
		"details":     func(e *record.Event) { e.Details = []byte(`{"a":`) },
		"ext":         func(e *record.Event) { e.Ext = []byte(`}`) },
		"changes":     func(e *record.Event) { e.Changes[0].New = []byte(`nil`) },
		"status":      func(e *record.Event) { e.Status = -1 },
		"size":        func(e *record.Event) { e.Text = strings.Repeat("x", 1<<20) },
	} {
		bad := booking(2)
		spoil(&bad)
		if err := b.Append(context.Background(), booking(1), bad); err == nil {
			t.Errorf("%s: stored", name)
		}
		b.Spill(bad)
	}
	if err := b.Down(); err != nil {
		t.Errorf("a bad event brought the log down: %v", err)
	}
	if h := b.Health(); h.Dropped != 11 {
		t.Errorf("health %+v", h)
	}
	b.eventually("the gap entry", func() bool { return b.Health().Entries == 1 })
	if err := b.Append(context.Background()); err != nil {
		t.Error(err)
	}
}

func testConcurrent(t *testing.T, open Open) {
	b := newBench(t, open)
	const writers, each = 16, 40
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				// Every event comes from two writers.
				if err := b.Append(context.Background(), booking(w/2*each+n)); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range testrun.Rounds(each/10, each) {
				if _, _, err := b.Events(context.Background(), query.Events{EventFilter: query.EventFilter{Initiators: []string{"u_1"}}, Limit: 5}); err != nil {
					t.Error(err)
				}
				b.Health()
			}
		})
	}
	wg.Wait()
	for n := range writers / 2 * each {
		b.model.add(booking(n))
	}
	b.check()
	b.reopen()
	b.check()
	if commits := b.faults.Commits(); commits >= writers*each {
		t.Errorf("%d calls took %d commits", writers*each, commits)
	}
}

// testFaults has each commit of a scenario fail, in both ways.
func testFaults(t *testing.T, open Open) {
	for _, fault := range []Fault{NotPersisted, Persisted} {
		for n := 1; n <= 4; n++ {
			t.Run(fmt.Sprintf("%v, commit %d", fault, n), func(t *testing.T) {
				b := newBench(t, open)
				b.faults.Fail(fault, n, 1)
				failures := 0
				for i := range 4 {
					// The second of each pair is told twice.
					events := []record.Event{booking(i), booking(i + 1)}
					if err := b.Append(context.Background(), events...); err != nil {
						b.mustFail(err, ErrInjected)
						failures++
						if b.Down() == nil {
							t.Error("after a failed commit the log is not down")
						}
						// What the failed commit wrote may not be on the disk:
						// finding it does not do.
						before := b.faults.Commits()
						b.add(events...)
						if b.faults.Commits() == before {
							t.Error("acknowledged without a commit")
						}
						if err := b.Down(); err != nil {
							t.Errorf("after a commit the log is down: %v", err)
						}
						continue
					}
					for _, e := range events {
						b.model.add(e)
					}
				}
				if failures != 1 {
					t.Fatalf("%d appends failed", failures)
				}
				b.gaps(1)
				b.check()
				b.reopen()
				b.check()
				b.add(booking(2), booking(100))
				b.check()
			})
		}
	}
}

// gaps waits for n gap entries and takes them into the model.
func (b *bench) gaps(n int) (list []record.Event) {
	b.Helper()
	q := query.Events{EventFilter: query.EventFilter{Types: []string{"gatebook.gap"}}}
	b.eventually("the gap entry", func() bool { return len(b.all(q)) >= n })
	list = b.all(q)
	for _, e := range list {
		b.model.add(e)
	}
	return list
}
