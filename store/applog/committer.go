package applog

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/journal"
	"github.com/gatebook/gatebook/store/kv"
)

// The journal syncs every append. So one goroutine, the committer, appends for all:
// what came in while it was syncing shares the next batch and its one fsync. The
// committer decides which events are new and gives them their numbers; the follower
// derives the rest.

func (a *Log) commitLoop() {
	defer close(a.commitDone)
	for calls := a.queue.take(); len(calls) > 0; calls = a.queue.take() {
		var entries []*entry
		for _, call := range calls {
			entries = append(entries, call.entries...)
			if len(call.entries) == 0 {
				call.answer(0, a.write(nil))
			}
		}
		for len(entries) > 0 {
			n := inBatch(entries)
			a.store(entries[:n])
			entries = entries[n:]
		}
	}
}

// store appends entries as one batch, answers their calls and then calls
// Options.Stored.
func (a *Log) store(entries []*entry) {
	err := a.write(entries)
	if errors.Is(err, kv.ErrDamaged) && len(entries) > 1 {
		// Only the entries that touch damaged data fail.
		for i := range entries {
			a.store(entries[i : i+1])
		}
		return
	}
	var fresh []*record.Event
	for _, e := range entries {
		if err == nil && !e.reported {
			a.count(e)
			if e.state != entryDuplicate {
				// The caller may go on with the entry once it is
				// answered, but nobody changes the event any more.
				e.reported = true
				fresh = append(fresh, &e.event)
			}
		}
		e.call.answer(1, err)
	}
	if a.o.Stored != nil {
		for _, e := range fresh {
			a.o.Stored(e)
		}
	}
}

func (a *Log) count(e *entry) {
	switch {
	case e.state != entryDuplicate:
		a.recorded.Add(1)
		if e.spilled {
			a.lateStored.Add(1)
		}
		if e.state == entryConflict {
			a.conflicts.Add(1)
		}
	case !e.spilled: // else it had been stored before it was kept
		a.duplicates.Add(1)
	}
}

// write appends entries to the journal, all or none, and remembers whether it could.
func (a *Log) write(entries []*entry) error {
	err := a.space.Check()
	if err == nil {
		err = a.appendBatch(entries)
	}
	if err != nil {
		a.fail(err)
		return err
	}
	a.succeed()
	return nil
}

// appendBatch appends one batch. Where there is nothing new in entries none is
// needed, unless the last one failed: then what it wrote may be found and may yet not
// be on the disk, and only another sync tells.
func (a *Log) appendBatch(entries []*entry) error {
	if err := a.backlog.waitForRoom(); err != nil {
		return fmt.Errorf("waiting for the database: %w", err)
	}
	if err := a.resolve(); err != nil {
		return err
	}
	fresh, err := a.decide(entries)
	if err != nil {
		a.recent.Undo(a.next)
		return err
	}
	if len(fresh) == 0 && len(entries) > 0 && a.down.Load() == nil {
		return nil
	}
	a.payload = append(a.payload[:0], codec.BatchEvents)
	for _, e := range fresh {
		a.payload = codec.BatchEvent{Hash: e.hash, Impersonal: e.impersonal, Personal: e.personal}.Append(a.payload)
	}
	b := journal.Batch{First: a.next, Count: uint32(len(fresh)), Payload: a.payload}
	if err := a.commit(func() error { return a.journal.Append(context.Background(), b) }); err != nil {
		a.unresolved = fresh
		a.recent.Undo(a.next)
		return fmt.Errorf("committing %d events: %w", len(fresh), err)
	}
	a.accept(fresh)
	return nil
}

// decide returns the entries that are new, with their numbers, and notes their ids.
func (a *Log) decide(entries []*entry) (fresh []*entry, err error) {
	defer kv.RecoverDamage(&err)
	if len(entries) == 0 {
		return nil, nil
	}
	txn, release := a.snapshot.Use()
	defer release()
	applied, err := codec.ReadLast(txn)
	if err != nil {
		return nil, fmt.Errorf("reading the last number: %w: %w", kv.ErrDamaged, err)
	}
	a.recent.Drop(applied.Seq)
	next := a.next
	for _, e := range entries {
		if e.journaled { // by an earlier try of its call
			continue
		}
		seq, conflict, err := a.recent.Stored(txn, e.event.ID, e.hash)
		if err != nil {
			// What cannot be read is damaged, for the log was opened by this version.
			return nil, fmt.Errorf("looking for an event: %w: %w", kv.ErrDamaged, err)
		}
		if seq != 0 {
			e.event.Seq, e.state = seq, entryDuplicate
			continue
		}
		e.event.Seq, e.state = next, entryNew
		next++
		if conflict {
			e.state = entryConflict
			e.event.Mark(record.MarkConflict)
			e.impersonal, _, _ = codec.Encode(&e.event)
		}
		a.recent.Add(e.event.Seq, e.event.ID, e.hash)
		fresh = append(fresh, e)
	}
	return fresh, nil
}

// accept hands what the journal has to the follower.
func (a *Log) accept(fresh []*entry) {
	if len(fresh) == 0 {
		return
	}
	a.next += uint64(len(fresh))
	for _, e := range fresh {
		e.journaled = true
	}
	a.backlog.put(fresh)
}

// resolve finds out whether a batch is in the journal whose append failed. Its events
// are stored then, though their callers were told otherwise.
func (a *Log) resolve() error {
	if a.unresolved == nil {
		return nil
	}
	batch, found := a.unresolved, false
	err := a.journal.Follow(context.Background(), a.next-1, func(b journal.Batch) error {
		if b.First != a.next || int(b.Count) != len(batch) {
			return fmt.Errorf("batch %d of %d events is in the journal, and nobody appended it", b.First, b.Count)
		}
		found = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking for a batch that failed: %w", err)
	}
	a.unresolved = nil
	if !found {
		return nil
	}
	for _, e := range batch {
		a.recent.Add(e.event.Seq, e.event.ID, e.hash)
	}
	a.accept(batch)
	for _, e := range batch {
		a.count(e)
		e.reported = true
		if a.o.Stored != nil {
			a.o.Stored(&e.event)
		}
	}
	return nil
}
