package serverlog

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// noteDamage notes a block that cannot be read. It is skipped from then on, and
// not deleted.
func (l *Log) noteDamage(p blockMeta, why error) {
	l.mu.Lock()
	id := [2]uint64{p.first, p.last}
	_, known := l.status.damaged[id]
	if !known {
		if l.status.damaged == nil {
			l.status.damaged = make(map[[2]uint64]blockMeta)
		}
		noted := p
		noted.rows = cmp.Or(p.rows, p.numbers())
		l.status.damaged[id] = noted
	}
	l.mu.Unlock()
	if known {
		return
	}
	l.blocks.Lock()
	l.blocks.list = l.blocks.list.with(nil, []blockMeta{p})
	l.blocks.Unlock()
	name := fmt.Sprintf("%d to %d", p.first, p.last)
	if p.rows > 0 {
		name += ", up to " + time.UnixMicro(p.newest).UTC().Format(time.RFC3339)
	}
	l.o.Log.Error("a block of requests is damaged and will not be shown", "requests", name, "error", why)
}

// damaged lists the blocks that cannot be read.
func (l *Log) damaged() []blockMeta {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.status.damaged))
}

// noteFlush notes how a flush went.
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

// notePending notes how many bytes wait outside of the queue.
func (l *Log) notePending(pending int64) {
	l.mu.Lock()
	l.status.pending = pending
	l.mu.Unlock()
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

// noteMerge notes how a merge went. One that fails loses nothing.
func (l *Log) noteMerge(err error) {
	l.mu.Lock()
	before := l.status.merging
	l.status.merging = err
	l.mu.Unlock()
	if err != nil && before == nil {
		l.o.Log.Error("blocks of the server log cannot be merged; they take more space until they are", "error", err)
	}
}

// noteLost counts requests that were recorded and then lost.
func (l *Log) noteLost(err error, rows uint64) {
	l.mu.Lock()
	l.status.dropped += rows
	l.mu.Unlock()
	l.o.Log.Error("requests were lost", "requests", rows, "error", err)
}

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
