package applog

import (
	"context"
	"fmt"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// Appended is the result of appending one event.
type Appended struct {
	// Seq is the event's number, given now or when it was first stored.
	Seq uint64
	// Duplicate says that the same event was stored before.
	Duplicate bool
}

// Append returns when all events are on the disk, in one transaction unless
// they need more than one can hold (some 500 events or 500 KiB). An event that
// is stored already, by its id and content, is not stored again: Append
// is safe to repeat. An event without a time gets the present time.
//
// When ctx ends, Append returns its error though the events may still be
// stored. The error is ErrClosed after Close, and says ErrDiskFull when that is
// why.
func (a *Log) Append(ctx context.Context, events ...record.Event) error {
	_, err := a.AppendEach(ctx, events)
	return err
}

// AppendEach is [Log.Append] with a result for each event.
func (a *Log) AppendEach(ctx context.Context, events []record.Event) ([]Appended, error) {
	if len(events) == 0 {
		return nil, nil
	}
	call := newCall(len(events))
	for i := range events {
		e, err := a.newEntry(events[i])
		if err != nil {
			return nil, fmt.Errorf("event %d of %d: %w", i+1, len(events), err)
		}
		call.add(e)
	}
	if err := a.submit(ctx, call); err != nil {
		return nil, fmt.Errorf("appending %d events: %w", len(events), err)
	}
	out := make([]Appended, len(call.entries))
	for i, e := range call.entries {
		out[i] = Appended{Seq: e.event.Seq, Duplicate: e.state == entryDuplicate}
	}
	return out, nil
}

// submit hands call to the committer and waits for its answer.
func (a *Log) submit(ctx context.Context, call *appendCall) error {
	if err := a.queue.put(ctx, call); err != nil {
		return err
	}
	select {
	case <-call.done:
		return call.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// newEntry prepares an event for the committer: all that needs no seq.
func (a *Log) newEntry(ev record.Event, marks ...string) (*entry, error) {
	now := a.o.Now()
	if ev.Received.IsZero() {
		ev.Received = now
	}
	if ev.Time.IsZero() {
		ev.Time = ev.Received
	}
	if err := codec.Validate(&ev); err != nil {
		return nil, err
	}
	ev.Seq, ev.Anonymized = 0, false
	ev.Time, ev.Received, ev.Until = codec.Micros(ev.Time), codec.Micros(ev.Received), codec.Micros(ev.Until)
	ev.Marks = slices.Clone(ev.Marks)
	for _, m := range marks {
		ev.Mark(m)
	}
	e := &entry{event: ev}
	e.impersonal, e.personal, e.hash = codec.Encode(&ev)
	size := len(e.impersonal) + len(e.personal)
	if size > codec.MaxEventBytes {
		return nil, fmt.Errorf("the event takes %d bytes, more than %d", size, codec.MaxEventBytes)
	}
	e.size = int64(size) + perEntry
	return e, nil
}
