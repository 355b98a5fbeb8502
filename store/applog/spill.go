package applog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// How much may be kept in memory while the log cannot be written.
const (
	maxSpilled      = 10_000
	maxSpilledBytes = 16 << 20
)

// How long to wait before trying again, doubled each time up to the longest,
// which is also how often free space is looked at when all is well.
const (
	retryFirst = 100 * time.Millisecond
	retryMax   = 5 * time.Second
)

// late keeps events that could not be stored in time, and remembers since when.
type spillBuffer struct {
	mu      sync.Mutex
	entries []*entry
	bytes   int64
	outage  outage
	closed  bool
	// wake has something in it when there is work.
	wake chan struct{}
	// lostAtClose may be read once the late loop has ended.
	lostAtClose uint64
}

// outage is a time in which events were not stored at once.
type outage struct {
	since, until time.Time
	// down says that the log could not be written at all.
	down         bool
	stored, lost uint64
}

func (l *spillBuffer) init() { l.wake = make(chan struct{}, 1) }

func (l *spillBuffer) notify() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// begin makes sure that there is an outage; l.mu is held.
func (l *spillBuffer) begin(now time.Time) {
	if l.outage.since.IsZero() {
		l.outage.since = now
	}
	l.outage.until = time.Time{}
}

func (l *spillBuffer) failed(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begin(now)
	l.outage.down = true
	l.notify()
}

func (l *spillBuffer) recovered(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outage.until = now
}

// keep takes e if it fits; a nil e is one that cannot be stored at all.
func (l *spillBuffer) add(e *entry, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begin(now)
	l.notify()
	if e == nil || l.closed || len(l.entries) >= maxSpilled || l.bytes+e.bytes > maxSpilledBytes {
		l.outage.lost++
		return false
	}
	l.entries = append(l.entries, e)
	l.bytes += e.bytes
	return true
}

// front returns up to n kept entries, oldest first. Only the late loop removes
// them, by drop.
func (l *spillBuffer) front(n int) []*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries[:min(n, len(l.entries))]
}

// drop removes the entries that front returned and that are stored now.
func (l *spillBuffer) drop(entries []*entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		l.bytes -= e.bytes
		if e.spilled && e.state != entryDuplicate {
			l.outage.stored++
		}
	}
	l.entries = append([]*entry(nil), l.entries[len(entries):]...)
}

// end takes the outage away if there was one and nothing is kept any more.
func (l *spillBuffer) end(now time.Time) (o outage, over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.outage.since.IsZero() || len(l.entries) > 0 {
		return outage{}, false
	}
	o, l.outage = l.outage, outage{}
	if o.until.IsZero() {
		o.until = now
	}
	return o, true
}

func (l *spillBuffer) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// close gives up what is kept and says how many events that is.
func (l *spillBuffer) close() (lost uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, e := range l.entries {
		if e.spilled {
			lost++
		}
	}
	l.entries, l.bytes, l.lostAtClose = nil, 0, lost
	return lost
}

// Keep takes events that Append could not store in time. They are kept in
// memory (10,000 events or 16 MiB at the most), marked late, and stored as soon
// as possible; what does not fit is lost, and counted as Dropped.
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

// lateLoop stores what is kept, and finds out when the log can be written
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

// lateBatch is how many kept events are stored at once, so that those which are
// told meanwhile need not wait for all of them.
const spillBatch = 256

// settle stores what is kept and tells of the outage. It reports whether
// nothing is left to do.
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

func callOf(entries ...*entry) *appendCall {
	call := newCall(len(entries))
	for _, e := range entries {
		call.add(e)
	}
	return call
}

// event is the outage's entry.
func (o outage) event() record.Event { return Gap(o.since, o.until, o.stored, o.lost) }

// Gap is the entry by which the log tells what it did not see in time: how
// many events were stored late and how many were lost.
func Gap(since, until time.Time, late, lost uint64) record.Event {
	from, to := since.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339)
	return record.Event{
		ID:       fmt.Sprintf("gatebook.gap.%d", since.UnixMicro()),
		Time:     until,
		Category: record.CategoryGatebook,
		Type:     "gatebook.gap",
		Text: fmt.Sprintf("From %s to %s, the application log could not be written in time. Entries stored late: %d. Entries lost: %d.",
			from, to, late, lost),
		Details:    fmt.Appendf(nil, `{"from":%q,"to":%q,"late":%d,"lost":%d}`, from, to, late, lost),
		Impersonal: []string{"text", "details"},
		Outcome:    record.OutcomeFailure,
		Transport:  "gate",
	}
}
