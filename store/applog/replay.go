package applog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/journal"
	"github.com/gatebook/gatebook/store/kv"
)

// replay applies what the journal has and the database has not, before anything is
// read. The database may lack events before its last number as well, if a power cut
// or damage took them. What was removed from the database is in no journal.
type replay struct {
	log     *Log
	end     codec.Last
	entries []*entry
	// expected is the number of the next event; 0 while it is not known.
	expected uint64
	// missing are the events that are in neither.
	missing uint64
}

func (a *Log) replay() (err error) {
	defer kv.RecoverDamage(&err)
	r := replay{log: a}
	if err := a.db.View(func(txn *badger.Txn) (err error) { r.end, err = codec.ReadLast(txn); return err }); err != nil {
		return err
	}
	copies, _, err := kv.PendingRepairs(a.space.Dir)
	if err != nil {
		return err
	}
	if len(copies) == 0 { // else the repair counts what is missing
		r.expected = r.end.Seq + 1
	}
	err = a.journal.Follow(context.Background(), 0, r.batch)
	if err == nil {
		err = r.flush()
	}
	if err == nil && r.missing > 0 {
		err = r.noteMissing()
	}
	if err != nil {
		return fmt.Errorf("applying the journal: %w", err)
	}
	a.next = max(r.end.Seq+1, a.journal.Next())
	a.backlog.init(a.next - 1)
	return nil
}

func (r *replay) batch(b journal.Batch) error {
	if r.expected > 0 && b.First > r.expected {
		r.missing += b.First - r.expected
	}
	r.expected = max(r.expected, b.First+uint64(b.Count))
	seq := b.First
	err := codec.EachOfBatch(b.Payload, func(impersonal, personal []byte) error {
		e, err := entryFromJournal(seq, impersonal, personal)
		if err != nil {
			return fmt.Errorf("event %d: %w", seq, err)
		}
		seq++
		r.entries = append(r.entries, e)
		return nil
	})
	if err == nil && seq != b.First+uint64(b.Count) {
		err = fmt.Errorf("batch %d has %d events, not %d", b.First, seq-b.First, b.Count)
	}
	if err != nil || len(r.entries) < replayEntries {
		return err
	}
	return r.flush()
}

// replayEntries is how many entries are read before they are applied.
const replayEntries = 1000

// entryFromJournal is an entry as the committer made it.
func entryFromJournal(seq uint64, impersonal, personal []byte) (*entry, error) {
	e := &entry{event: record.Event{Seq: seq}, journaled: true}
	if err := errors.Join(codec.Decode(&e.event, impersonal), codec.Decode(&e.event, personal)); err != nil {
		return nil, err
	}
	e.impersonal, e.personal, e.hash = codec.Encode(&e.event)
	if slices.Contains(e.event.Marks, record.MarkConflict) {
		e.state = entryConflict
	}
	e.index()
	return e, nil
}

func (r *replay) flush() error {
	var later []*entry
	for _, e := range r.entries {
		if e.event.Seq > r.end.Seq {
			later = append(later, e)
		} else if err := r.restore(e); err != nil {
			return err
		}
	}
	r.entries = nil
	for len(later) > 0 {
		n := r.log.fitting(later)
		if err := r.log.apply(later[:n]); err != nil {
			return err
		}
		r.end.Seq = later[n-1].event.Seq
		later = later[n:]
	}
	return nil
}

// restore writes an event again that the database counts and does not have.
func (r *replay) restore(e *entry) error {
	return r.log.db.Update(func(txn *badger.Txn) error {
		_, err := txn.Get(codec.SeqKey(codec.KeyImpersonal, e.event.Seq))
		if !errors.Is(err, badger.ErrKeyNotFound) {
			return err
		}
		r.log.follower.unsynced += e.bytes
		return e.set(txn)
	})
}

func (r *replay) noteMissing() error {
	return r.log.db.Update(func(txn *badger.Txn) error {
		d, err := codec.ReadDamage(txn)
		if err != nil {
			return err
		}
		d.Vanished += r.missing
		return d.Write(txn)
	})
}
