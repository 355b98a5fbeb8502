package store

import (
	"errors"
	"time"

	"github.com/gatebook/gatebook/record"
)

// kept is what the log knows about itself without reading.
type kept struct {
	entries uint64
	// oldest and newest are in microseconds and mean nothing without entries.
	oldest, newest int64
	lastFlush      time.Time
	pending        int64
	dropped        uint64
	// writing and syncing are why the last attempt failed.
	writing, syncing error
	// damaged are the keys of batches that cannot be read; missing are those
	// that should be there and are not.
	damaged map[string]bool
	missing uint64
}

// keep counts rows in.
func (l *ServerLog) keep(rows int, oldest, newest int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := &l.kept
	if k.entries == 0 {
		k.oldest, k.newest = oldest, newest
	}
	k.entries += uint64(rows)
	k.oldest, k.newest = min(k.oldest, oldest), max(k.newest, newest)
}

func (l *ServerLog) stored(batches []batch) {
	for _, b := range batches {
		l.keep(b.rows, b.oldest, b.newest)
	}
}

// flushed notes how a flush went.
func (l *ServerLog) flushed(err error, pending int64) {
	l.mu.Lock()
	before := l.kept.writing
	l.kept.writing, l.kept.pending = err, pending
	if err == nil {
		l.kept.lastFlush = l.o.Now()
	}
	l.mu.Unlock()
	switch {
	case err != nil && before == nil:
		l.o.Log.Error("the server log cannot be written; requests are kept in memory as long as there is room", "error", err)
	case err == nil && before != nil:
		l.o.Log.Info("the server log is written again")
	}
}

func (l *ServerLog) synced(err error) {
	l.mu.Lock()
	before := l.kept.syncing
	l.kept.syncing = err
	l.mu.Unlock()
	if err != nil && before == nil {
		l.o.Log.Error("the server log cannot be synced to the disk", "error", err)
	}
}

// failed counts requests that were taken in and lost all the same.
func (l *ServerLog) failed(err error, rows uint64) {
	l.mu.Lock()
	l.kept.dropped += rows
	l.mu.Unlock()
	l.o.Log.Error("requests were lost", "requests", rows, "error", err)
}

// Health tells how the log is. It walks the directory to see what the log
// takes on the disk, which is no work for a request's path.
func (l *ServerLog) Health() record.BookHealth {
	bytes, usedErr := usedBytes(l.dir)
	q := l.queue.stats()
	l.mu.Lock()
	defer l.mu.Unlock()
	k := &l.kept
	h := record.BookHealth{
		State:     record.StateOK,
		Entries:   k.entries,
		Bytes:     bytes,
		LastFlush: k.lastFlush,
		Queue:     q.waiting + k.pending,
		QueueMax:  q.max,
		Recorded:  q.recorded,
		Dropped:   q.dropped + k.dropped,
		Damaged:   uint64(len(k.damaged)) + k.missing,
	}
	if k.entries > 0 {
		h.Oldest, h.Newest = time.UnixMicro(k.oldest).UTC(), time.UnixMicro(k.newest).UTC()
	}
	if err := errors.Join(k.writing, k.syncing, usedErr); err != nil {
		h.State, h.Error = record.StateDown, err.Error()
	}
	return h
}
