package serverlog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
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
