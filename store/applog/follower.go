package applog

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/kv"
)

// One goroutine, the follower, writes the database. It applies what the journal has,
// in order and in large transactions that are not synced. The journal keeps what the
// disk may not have: about once a second the follower syncs the database, and then
// trims the journal.

const (
	syncEvery = time.Second
	// syncBytes is how much may be applied without a sync.
	syncBytes = 32 << 20
)

// follower is the state of the follower's goroutine.
type follower struct {
	// tasks are taken from the backlog and not done yet.
	tasks []task
	// unsynced is how many bytes were applied since the last sync, and synced the last
	// number that was applied then.
	unsynced int64
	synced   uint64
	// syncFailed is why a sync failed. From then on a later one proves nothing: the
	// system may have dropped what it could not write. So the journal is not trimmed
	// any more, and the next start applies it again.
	syncFailed error
}

func (a *Log) followLoop() {
	defer close(a.followDone)
	checkpoint := time.NewTimer(syncEvery)
	defer checkpoint.Stop()
	retry := time.NewTimer(retryMax)
	defer retry.Stop()
	for {
		closed := a.takeTasks()
		err := a.runTasks()
		if err != nil {
			a.stall(err)
		}
		if closed {
			a.finish(err)
			return
		}
		if a.follower.unsynced > syncBytes {
			a.checkpoint()
		}
		if err != nil {
			retry.Reset(retryFirst)
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

// takeTasks reports whether the log is being closed.
func (a *Log) takeTasks() (closed bool) {
	tasks, closed := a.backlog.take()
	a.follower.tasks = append(a.follower.tasks, tasks...)
	return closed
}

// runTasks does what there is to do, in order.
func (a *Log) runTasks() error {
	f := &a.follower
	for len(f.tasks) > 0 {
		if t := f.tasks[0]; t.job != nil {
			f.tasks = f.tasks[1:]
			t.job.answer(0, t.job.job())
			continue
		}
		if err := a.applyFront(); err != nil {
			return err
		}
	}
	f.tasks = nil
	return nil
}

// applyFront applies the entries of the first tasks, up to the next job.
func (a *Log) applyFront() error {
	f := &a.follower
	var entries []*entry
	n := 0
	for ; n < len(f.tasks) && f.tasks[n].job == nil; n++ {
		entries = append(entries, f.tasks[n].entries...)
	}
	for len(entries) > 0 {
		some := a.fitting(entries)
		if err := a.apply(entries[:some]); err != nil {
			f.tasks[n-1] = task{entries: entries}
			f.tasks = f.tasks[n-1:]
			return err
		}
		a.backlog.advance(entries[:some])
		entries = entries[some:]
	}
	f.tasks = f.tasks[n:]
	return nil
}

// apply writes entries to the database in one transaction. It does nothing for those
// that are there.
func (a *Log) apply(entries []*entry) (err error) {
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
	for _, e := range entries {
		if err := e.put(txn, &end); err != nil {
			return fmt.Errorf("writing an event: %w", err)
		}
		a.follower.unsynced += e.bytes
	}
	if end == before {
		return nil
	}
	if err := end.Write(txn); err != nil {
		return fmt.Errorf("writing the last number: %w", err)
	}
	if err := a.applyTxn(txn); err != nil {
		return fmt.Errorf("applying %d events: %w", len(entries), err)
	}
	if (end.Seq+1)/search.BlockSeqs > (before.Seq+1)/search.BlockSeqs {
		a.wakeBlocks()
	}
	return nil
}

// stall notes that the database cannot be written. Jobs do not wait for it.
func (a *Log) stall(err error) {
	if a.backlog.stall(err) {
		a.o.Log.Error("the application log's database cannot be written; events wait in the journal", "error", err)
	}
	f := &a.follower
	var left []task
	for _, t := range f.tasks {
		if t.job != nil {
			t.job.answer(0, err)
		} else {
			left = append(left, t)
		}
	}
	f.tasks = left
}

// checkpoint syncs the database, and deletes the segments of the journal that are not
// needed any more.
func (a *Log) checkpoint() {
	var err error
	if a.follower.unsynced > 0 {
		err = a.syncDatabase()
	}
	if err == nil {
		err = a.journal.Trim(a.follower.synced)
	}
	if err != nil {
		a.o.Log.Error("the journal of the application log is not trimmed", "error", err)
	}
}

// syncDatabase has on the disk what was committed.
func (a *Log) syncDatabase() error {
	f := &a.follower
	f.unsynced = 0
	last := a.backlog.appliedLast()
	if err := kv.SyncDatabase(a.db, a.space.Dir); err != nil {
		f.syncFailed = fmt.Errorf("syncing the database: %w", err)
	}
	if f.syncFailed == nil {
		f.synced = last
	}
	return f.syncFailed
}

// settle has nothing of the events up to a number left in the journal when it
// returns: all of the journal is applied, synced and deleted. It does nothing if the
// journal begins after them.
func (a *Log) settle(last uint64) error {
	if a.journal.First() > last {
		return nil
	}
	end, err := a.journal.Rotate()
	if err != nil {
		return err
	}
	for a.backlog.appliedLast() < end {
		if err := a.applyWaiting(); err != nil {
			return err
		}
		if err := a.Down(); err != nil { // what is missing may never come
			return err
		}
		if a.backlog.appliedLast() < end {
			select { // the committer is about to hand it over
			case <-a.backlog.wake:
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	if err := a.syncDatabase(); err != nil {
		return err
	}
	return a.journal.Trim(end)
}

// applyWaiting applies all entries that wait, also those after jobs.
func (a *Log) applyWaiting() error {
	a.takeTasks()
	f := &a.follower
	var entries, jobs []task
	for _, t := range f.tasks {
		if t.job != nil {
			jobs = append(jobs, t)
		} else {
			entries = append(entries, t)
		}
	}
	f.tasks = append(entries, jobs...)
	if len(entries) == 0 {
		return nil
	}
	// The wake-up of what comes next may have been taken by settle.
	a.backlog.notify()
	return a.applyFront()
}

// finish empties the journal of what is in the database when the log is closed.
func (a *Log) finish(failed error) {
	err := errors.Join(failed, a.syncDatabase())
	if err == nil {
		err = a.settle(a.backlog.appliedLast())
	}
	if err != nil {
		a.o.Log.Error("the journal of the application log stays until the next start", "error", err)
	}
}
