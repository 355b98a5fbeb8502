package serverlog

import (
	"errors"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// Health reports the state of the log. It walks the directory to measure the log
// and does not belong on the path of a request.
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

// addTo adds the counts and times of the blocks.
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
