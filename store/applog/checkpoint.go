package applog

import (
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/store/kv"
)

const (
	syncEvery = time.Second
	// syncBytes is how much may be applied without a sync.
	syncBytes = 32 << 20
)

// checkpoint syncs the database, and deletes the segments of the journal that are not
// needed any more.
func (a *Log) checkpoint() {
	var err error
	if a.follower.unsynced > 0 {
		err = a.syncDatabase()
	}
	if err == nil {
		err = a.trim(a.follower.synced)
	}
	if err != nil && !a.follower.untrimmed {
		a.o.Log.Error("the journal of the application log is not trimmed", "error", err)
	}
	a.follower.untrimmed = err != nil
}

// syncDatabase has on the disk what was committed. Once a sync has failed, a later one
// proves nothing: the system may have dropped what it could not write. From then on the
// journal is not trimmed any more, and the next start applies it again.
func (a *Log) syncDatabase() error {
	f := &a.follower
	last := a.backlog.appliedLast()
	err := a.syncDB()
	if errors.Is(err, kv.ErrNotTried) {
		return fmt.Errorf("syncing the database: %w", err)
	}
	f.unsynced = 0
	if err != nil {
		err = fmt.Errorf("the database could not be synced: %w; restart Gatebook", err)
		a.syncFailed.CompareAndSwap(nil, &err)
	}
	if failed := a.syncFailed.Load(); failed != nil {
		return *failed
	}
	f.synced = last
	return nil
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
		more, err := a.applySome()
		if err == nil && !more {
			err = a.Down() // what is missing may never come
		}
		if err != nil {
			return err
		}
		if more {
			continue
		}
		select { // the committer is about to hand it over
		case <-a.backlog.wake:
		case <-time.After(10 * time.Millisecond):
		}
	}
	a.backlog.notify() // the loop may have missed a wake-up for what came next
	if err := a.syncDatabase(); err != nil {
		return err
	}
	return a.trim(end)
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
