package applog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/journal"
	"github.com/gatebook/gatebook/store/kv"
)

// One goroutine, the follower, writes the database. It applies what the journal has,
// in order and in large transactions that are not synced. The journal keeps what the
// disk may not have: about once a second the follower syncs the database, and then
// trims the journal.

// follower is the state of the follower's goroutine.
type follower struct {
	// entries were taken from the backlog and are not applied yet, kept says that
	// they are counted there, and last is the last number that they reach to.
	entries []*entry
	kept    bool
	last    uint64
	// unread is up to where the follower is to read the journal before it takes
	// something from the backlog again.
	unread uint64
	// unsynced is how many bytes were applied since the last sync, and synced the last
	// number that was applied then.
	unsynced int64
	synced   uint64
	// untrimmed says that the last checkpoint failed, which was logged.
	untrimmed bool
}

func (a *Log) followLoop() {
	defer close(a.followDone)
	checkpoint := time.NewTimer(syncEvery)
	defer checkpoint.Stop()
	retry := time.NewTimer(retryMax)
	defer retry.Stop()
	for {
		jobs, closed := a.backlog.takeJobs()
		var more bool
		var err error
		if a.backlog.givesWay() {
			retry.Reset(burstPause)
		} else if more, err = a.applySome(); err != nil {
			a.stall(err)
			retry.Reset(retryFirst)
		}
		for _, call := range jobs {
			jobErr := err // it would not succeed, either
			if err == nil {
				jobErr = call.job()
				a.snapshot.Renew(a.db)
			}
			call.answer(0, jobErr)
		}
		if a.follower.unsynced > syncBytes {
			a.checkpoint()
		}
		switch {
		case more:
			select {
			case <-checkpoint.C:
				a.checkpoint()
				checkpoint.Reset(syncEvery)
			default:
			}
			continue
		case closed:
			a.finish(err)
			return
		}
		select {
		case <-a.backlog.wake:
		case <-retry.C:
		case <-checkpoint.C:
			a.checkpoint()
			checkpoint.Reset(syncEvery)
		}
	}
}

// applySome applies what fits in one transaction. It reports whether there may be
// more to apply.
func (a *Log) applySome() (more bool, err error) {
	f := &a.follower
	if len(f.entries) == 0 && f.last <= a.backlog.appliedLast() {
		if err := a.takeEntries(); err != nil {
			return false, err
		}
	}
	some, last := a.fitting(f.entries), f.last
	if some < len(f.entries) {
		last = f.entries[some-1].event.Seq
	}
	if last <= a.backlog.appliedLast() {
		return false, nil
	}
	if err := a.apply(f.entries[:some], last); err != nil {
		return false, err
	}
	kept := int64(0)
	if f.kept {
		for _, e := range f.entries[:some] {
			kept += e.size
		}
	}
	a.backlog.advance(last, kept)
	a.snapshot.Renew(a.db)
	f.entries = f.entries[some:]
	if len(f.entries) == 0 {
		f.entries = nil
	}
	return true, nil
}

// takeEntries takes what comes next from the memory or from the journal.
func (a *Log) takeEntries() error {
	f := &a.follower
	if f.unread == f.last {
		f.entries, f.unread = a.backlog.take()
		if f.kept = len(f.entries) > 0; f.kept {
			f.last = f.unread
			return nil
		}
	}
	if f.unread == f.last {
		return nil
	}
	entries, last, err := a.readJournal(f.last, f.unread)
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	f.entries, f.last = entries, last
	return nil
}

// errEnough ends the reading of the journal.
var errEnough = errors.New("enough is read")

// readJournal reads events after a number, up to another at the most. They are all
// up to the one that it returns, unless the journal is damaged.
func (a *Log) readJournal(after, until uint64) (entries []*entry, last uint64, err error) {
	size := int64(0)
	last = until
	err = a.journal.Follow(context.Background(), after, func(b journal.Batch) error {
		if b.First > until {
			return errEnough
		}
		if size > a.backlog.maxKept/4 {
			last = b.First - 1
			return errEnough
		}
		some, err := entriesOf(b, after)
		for _, e := range some {
			size += e.size
		}
		entries = append(entries, some...)
		return err
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return entries, last, err
}

// apply writes entries to the database in one transaction, which then has all up to a
// number. It does nothing for those that are there. What is missing in between was in
// a part of the journal that is damaged.
func (a *Log) apply(entries []*entry, last uint64) (err error) {
	defer kv.RecoverDamage(&err)
	if err := a.space.Check(); err != nil {
		return err
	}
	txn := a.db.NewTransaction(true)
	defer txn.Discard()
	end, err := codec.ReadLast(txn)
	if err != nil {
		return err
	}
	before := end
	var gaps []gap
	for _, e := range entries {
		if e.event.Seq > end.Seq+1 {
			gaps = append(gaps, gap{end.Seq + 1, e.event.Seq - 1})
		}
		if err := e.put(txn, &end); err != nil {
			return fmt.Errorf("writing an event: %w", err)
		}
		a.follower.unsynced += e.bytes()
	}
	if last > end.Seq {
		gaps = append(gaps, gap{end.Seq + 1, last})
		end.Seq = last
	}
	if end == before { // a transaction failed, and is there
		a.noteApplied(entries, last)
		damage, err := codec.ReadDamage(txn)
		a.damage.Store(&damage)
		return err
	}
	if a.repairing {
		gaps = nil
	}
	damage, err := countGaps(txn, gaps)
	if err != nil {
		return err
	}
	if err := end.Write(txn); err != nil {
		return fmt.Errorf("writing the last number: %w", err)
	}
	if err := a.applyTxn(txn); err != nil {
		return fmt.Errorf("applying %d events: %w", len(entries), err)
	}
	a.noteGaps(gaps, damage)
	a.noteApplied(entries, last)
	return nil
}

// stall notes that the database cannot be written.
func (a *Log) stall(err error) {
	if a.backlog.stall(err) {
		a.o.Log.Error("the application log's database cannot be written; events wait in the journal", "error", err)
	}
}
