package serverlog

import (
	"errors"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// kept is what the log knows about itself without reading.
type status struct {
	lastFlush time.Time
	pending   int64
	dropped   uint64
	// writing, syncing and merging are why the last attempt failed.
	writing, syncing, merging error
	// damaged are the blocks that cannot be read, by their numbers, as far as
	// they are known; missing counts requests that should be there and are not.
	damaged map[[2]uint64]blockMeta
	missing uint64
}

// flushed notes how a flush went.
func (l *Log) noteFlush(err error, pending int64) {
	l.mu.Lock()
	before := l.status.writing
	l.status.writing, l.status.pending = err, pending
	if err == nil {
		l.status.lastFlush = l.o.Now()
	}
	l.mu.Unlock()
	switch {
	case err != nil && before == nil:
		l.o.Log.Error("the server log cannot be written; requests are kept in memory as long as there is room", "error", err)
	case err == nil && before != nil:
		l.o.Log.Info("the server log is written again")
	}
}

func (l *Log) noteSync(err error) {
	l.mu.Lock()
	before := l.status.syncing
	l.status.syncing = err
	l.mu.Unlock()
	if err != nil && before == nil {
		l.o.Log.Error("the server log cannot be synced to the disk", "error", err)
	}
}

// merged notes how a merge went. One that fails loses nothing.
func (l *Log) noteMerge(err error) {
	l.mu.Lock()
	before := l.status.merging
	l.status.merging = err
	l.mu.Unlock()
	if err != nil && before == nil {
		l.o.Log.Error("blocks of the server log cannot be merged; they take more space until they are", "error", err)
	}
}

// failed counts requests that were taken in and lost all the same.
func (l *Log) noteLost(err error, rows uint64) {
	l.mu.Lock()
	l.status.dropped += rows
	l.mu.Unlock()
	l.o.Log.Error("requests were lost", "requests", rows, "error", err)
}

// Health tells how the log is. It walks the directory to see what the log
// takes on the disk, which is no work for a request's path.
func (l *Log) Health() record.BookHealth {
	bytes, usedErr := kv.UsedBytes(l.dir)
	q := l.queue.stats()
	l.mu.Lock()
	defer l.mu.Unlock()
	k := &l.status
	h := record.BookHealth{
		State:     record.StateOK,
		Bytes:     bytes,
		LastFlush: k.lastFlush,
		Queue:     q.waiting + k.pending,
		QueueMax:  q.max,
		Recorded:  q.recorded,
		Dropped:   q.dropped + k.dropped,
		Damaged:   k.missing,
	}
	for _, p := range k.damaged {
		h.Damaged += uint64(p.rows)
	}
	l.snapshot().addTo(&h)
	if err := errors.Join(k.writing, k.syncing, usedErr); err != nil {
		h.State, h.Error = record.StateDown, err.Error()
	}
	return h
}

// tell adds what the segments say of themselves.
func (c catalogue) addTo(h *record.BookHealth) {
	if len(c) == 0 {
		return
	}
	oldest, newest := c[0].oldest, c[0].newest
	for i := range c {
		h.Entries += uint64(c[i].rows)
		oldest, newest = min(oldest, c[i].oldest), max(newest, c[i].newest)
	}
	h.Blocks = uint64(len(c))
	h.Oldest, h.Newest = microTime(oldest), microTime(newest)
}
