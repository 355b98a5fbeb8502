package applog

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Spill takes events that Append could not store in time. They are kept in
// memory (at most 10,000 events or 16 MiB), marked late, and stored as soon as
// possible. Events that do not fit are lost, and counted as Dropped.
func (a *Log) Spill(events ...record.Event) {
	for i := range events {
		e, err := a.newEntry(events[i], record.MarkLate)
		if err != nil {
			a.o.Log.Error("an event cannot be stored", "id", record.Cut(events[i].ID, 64), "error", err)
		} else {
			e.spilled = true
		}
		if !a.spill.add(e, a.o.Now()) {
			a.dropped.Add(1)
		}
	}
}

// How long to wait before the next try, doubled each time up to the longest,
// which is also how often free space is checked while the log can be written.
const (
	retryFirst = 100 * time.Millisecond
	retryMax   = 5 * time.Second
)

// spillLoop stores spilled events, and finds out when the log can be written
// again.
func (a *Log) spillLoop() {
	defer close(a.spillDone)
	timer := time.NewTimer(retryMax)
	defer timer.Stop()
	wait := time.Duration(0) // 0 while all is well
	for {
		select {
		case <-a.stop:
			a.drainSpill()
			a.dropped.Add(a.spill.close())
			return
		case <-a.spill.wake:
			if wait == 0 {
				wait = retryFirst
				timer.Reset(wait)
			}
		case <-timer.C:
			if a.drainSpill() {
				wait = 0
				timer.Reset(retryMax)
			} else {
				wait = min(max(2*wait, retryFirst), retryMax)
				timer.Reset(wait)
			}
		}
	}
}

// spillBatch is how many spilled events are stored at once, so that events which
// are appended meanwhile need not wait for all of them.
const spillBatch = 256

// drainSpill stores the spilled events and an entry for the outage. It reports
// whether nothing is left to do.
func (a *Log) drainSpill() bool {
	if err := a.space.Check(); err != nil {
		a.fail(err)
		return false
	}
	for kept := a.spill.front(spillBatch); len(kept) > 0; kept = a.spill.front(spillBatch) {
		if a.submit(context.Background(), callOf(kept...)) != nil {
			return false
		}
		a.spill.drop(kept)
	}
	if a.Down() != nil && a.submit(context.Background(), callOf()) != nil {
		return false
	}
	o, over := a.spill.end(a.o.Now())
	if !over || !o.down && o.stored == 0 && o.lost == 0 {
		return a.spill.len() == 0
	}
	gap, err := a.newEntry(o.event())
	if err != nil {
		a.o.Log.Error("the entry for an outage cannot be stored", "error", err)
		return true
	}
	if a.submit(context.Background(), callOf(gap)) != nil {
		a.spill.add(gap, a.o.Now())
		return false
	}
	return true
}
