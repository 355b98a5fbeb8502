package applog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/check"
	"github.com/gatebook/gatebook/store/journal"
	"github.com/gatebook/gatebook/store/kv"
)

// replay compares the journal with the database when the log is opened. The follower
// applies the events after the last number that was applied; their ids are noted here.
// The database may lack events before that number as well, if a power cut or damage
// took them: these are written again. What was removed from the database is in no
// journal.
//
// Before files are repaired all is applied at once, for the repair may raise the last
// number.
type replay struct {
	log *Log
	end codec.Last
}

func (a *Log) replay() (err error) {
	defer kv.RecoverDamage(&err)
	copies, _, err := kv.PendingRepairs(a.space.Dir)
	if err != nil {
		return err
	}
	a.repairing = len(copies) > 0 // the repair counts what is missing
	r := replay{log: a}
	if err := a.db.View(func(txn *badger.Txn) (err error) { r.end, err = codec.ReadLast(txn); return err }); err != nil {
		return err
	}
	if err := a.journal.Follow(context.Background(), 0, r.batch); err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	a.startAfter(max(r.end.Seq, max(a.journal.Next(), 1)-1), r.end.Seq)
	for a.repairing {
		more, err := a.applySome()
		if err != nil {
			return fmt.Errorf("applying the journal: %w", err)
		}
		if !more {
			break
		}
	}
	return nil
}

// startAfter sets the last number that was given, and the last that the database has.
func (a *Log) startAfter(given, applied uint64) {
	a.next = given + 1
	a.backlog.init(given, applied)
	a.follower.last, a.follower.unread = applied, applied
}

func (r *replay) batch(b journal.Batch) error {
	if b.Last() > r.end.Seq {
		err := eachOf(b, func(seq uint64, e codec.BatchEvent) error {
			if seq <= r.end.Seq {
				return nil
			}
			id, err := codec.DecodeID(e.Impersonal)
			if err == nil {
				r.log.recent.Add(seq, id, e.Hash)
			}
			return err
		})
		if err != nil || b.First > r.end.Seq {
			return err
		}
	}
	entries, err := entriesOf(b, 0)
	for _, e := range entries {
		if err == nil && e.event.Seq <= r.end.Seq {
			err = r.restore(e)
		}
	}
	return err
}

// restore writes an event again that the database counts and does not have.
func (r *replay) restore(e *entry) error {
	return r.log.db.Update(func(txn *badger.Txn) error {
		_, err := txn.Get(codec.SeqKey(codec.KeyImpersonal, e.event.Seq))
		if !errors.Is(err, badger.ErrKeyNotFound) {
			return err
		}
		r.log.follower.unsynced += e.size
		return e.set(txn)
	})
}

// eachOf calls f for each event of a batch with its number.
func eachOf(b journal.Batch, f func(seq uint64, e codec.BatchEvent) error) error {
	seq := b.First
	err := codec.EachOfBatch(b.Payload, func(one codec.BatchEvent) error {
		if err := f(seq, one); err != nil {
			return fmt.Errorf("event %d: %w", seq, err)
		}
		seq++
		return nil
	})
	if err == nil && seq != b.First+uint64(b.Count) {
		err = fmt.Errorf("batch %d has %d events, not %d", b.First, seq-b.First, b.Count)
	}
	return err
}

// entriesOf returns the entries of a batch after a number, as the committer made
// them. They share no memory with the batch.
func entriesOf(b journal.Batch, after uint64) (entries []*entry, err error) {
	b.Payload = slices.Clone(b.Payload)
	entries = make([]*entry, 0, b.Count)
	err = eachOf(b, func(seq uint64, one codec.BatchEvent) error {
		if seq <= after {
			return nil
		}
		e := &entry{
			event:      record.Event{Seq: seq},
			impersonal: one.Impersonal, personal: one.Personal, hash: one.Hash,
			journaled: true,
		}
		if err := errors.Join(codec.Decode(&e.event, one.Impersonal), codec.Decode(&e.event, one.Personal)); err != nil {
			return err
		}
		if slices.Contains(e.event.Marks, record.MarkConflict) {
			e.state = entryConflict
		}
		e.size = int64(len(one.Impersonal)+len(one.Personal)) + perEntry
		entries = append(entries, e)
		return nil
	})
	return entries, err
}

// gap is a row of events that are neither in the journal nor in the database.
type gap struct{ first, last uint64 }

// gaps are those that were found since the log was opened.
type gaps struct {
	mu   sync.Mutex
	list []gap
}

// countGaps counts gaps in the transaction that passes over them.
func countGaps(txn *badger.Txn, list []gap) (d codec.Damage, err error) {
	if len(list) == 0 {
		return d, nil
	}
	if d, err = codec.ReadDamage(txn); err != nil {
		return d, err
	}
	for _, g := range list {
		d.Vanished += g.last - g.first + 1
	}
	return d, d.Write(txn)
}

// noteGaps reports gaps that were counted.
func (a *Log) noteGaps(list []gap, d codec.Damage) {
	if len(list) == 0 {
		return
	}
	for _, g := range list {
		a.o.Log.Error("the journal of the application log lacks events that were in it", "first", g.first, "last", g.last)
	}
	a.damage.Store(&d)
	a.gaps.mu.Lock()
	defer a.gaps.mu.Unlock()
	a.gaps.list = append(a.gaps.list, list...)
}

// checkJournal names the events that the journal should have and has not.
func (a *Log) checkJournal(ctx context.Context, found *check.Log) error {
	missing := func(first, last uint64) {
		found.Add("the journal", fmt.Errorf("events %d to %d in it cannot be read", first, last))
	}
	a.gaps.mu.Lock()
	for _, g := range a.gaps.list {
		missing(g.first, g.last)
	}
	a.gaps.mu.Unlock()
	for {
		applied := a.backlog.appliedLast()
		err := a.journal.Missing(ctx, applied, missing)
		if errors.Is(err, fs.ErrNotExist) && a.backlog.appliedLast() > applied {
			continue // it was trimmed meanwhile
		}
		return err
	}
}
