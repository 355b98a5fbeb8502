package applog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// Health reports the state of the log. It walks the directory to measure the log
// and does not belong on the path of a request.
func (a *Log) Health() record.BookHealth {
	h := record.BookHealth{
		State:      record.StateOK,
		Queue:      int64(a.queue.len() + a.spill.len()),
		QueueMax:   maxWaiting + maxSpilled,
		Recorded:   a.recorded.Load(),
		Dropped:    a.dropped.Load(),
		Duplicates: a.duplicates.Load(),
		Conflicts:  a.conflicts.Load(),
		Rejected:   a.rejected.Load(),
		Late:       a.lateStored.Load(),
	}
	if us := a.lastFlush.Load(); us != 0 {
		h.LastFlush = time.UnixMicro(us).UTC()
	}
	var sizeErr error
	h.Bytes, sizeErr = kv.UsedBytes(a.space.Dir)
	// What was just appended is counted, but a long backlog is not waited for.
	if h.Lag = a.backlog.lag(); h.Lag > 0 && h.Lag < burstBatch*10 {
		ctx, cancel := context.WithTimeout(context.Background(), healthWait)
		defer cancel()
		_ = a.backlog.barrier(ctx)
	}
	appended := a.backlog.appendedLast()
	readErr := a.viewNow(func(txn *badger.Txn) error {
		end, err := codec.ReadLast(txn)
		if err == nil {
			// The follower may have gone on since: each event is counted once.
			h.Lag = max(appended, end.Seq) - end.Seq
			h.Entries = end.Entries + h.Lag
			h.Oldest, h.Newest, err = a.at(context.Background(), txn).Edges()
		}
		return err
	})
	down := a.Down()
	if down != nil || errors.Is(readErr, kv.ErrClosed) {
		h.State = record.StateDown
	}
	damage := a.damage.Load()
	h.Damaged = damage.Marked + damage.Vanished
	if err := errors.Join(down, a.stalled(down), readErr, sizeErr, damage.Err()); err != nil {
		h.Error = err.Error()
	}
	return h
}

// stalled is why the follower cannot do its work, unless appends fail as well.
func (a *Log) stalled(down error) error {
	if err := a.syncFailed.Load(); err != nil {
		return *err
	}
	err := a.backlog.err()
	if err == nil || down != nil {
		return nil
	}
	return fmt.Errorf("events are stored, but not found until the database can be written: %w", err)
}

// healthWait is how long [Log.Health] waits for the follower.
const healthWait = time.Second
