package applog

import (
	"fmt"
	"sync"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Limits of the spill buffer.
const (
	maxSpilled      = 10_000
	maxSpilledBytes = 16 << 20
)

// spillBuffer holds events that could not be stored in time, and the time since
// which that is so.
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

// outage is a period in which events were not stored at once.
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

// add takes e if there is room; a nil e is an event that cannot be stored at all.
func (l *spillBuffer) add(e *entry, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begin(now)
	l.notify()
	if e == nil || l.closed || len(l.entries) >= maxSpilled || l.bytes+e.size > maxSpilledBytes {
		l.outage.lost++
		return false
	}
	l.entries = append(l.entries, e)
	l.bytes += e.size
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
		l.bytes -= e.size
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

// close drops the entries and returns how many events are lost.
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

// event is the outage's entry.
func (o outage) event() record.Event { return Gap(o.since, o.until, o.stored, o.lost) }

// Gap is the entry for an outage: how many events were stored late and how many
// were lost.
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
