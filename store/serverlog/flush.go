package serverlog

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
	"unsafe"

	"github.com/gatebook/gatebook/record"
)

func (f *flusher) run() {
	flush := time.NewTicker(f.log.o.FlushEvery)
	defer flush.Stop()
	sync := time.NewTicker(syncEvery)
	defer sync.Stop()
	for {
		var waiting []chan<- error
		select {
		case <-f.log.stop:
			f.finish()
			return
		case <-sync.C:
			f.sync()
			f.releaseMerger()
			f.releaseCurrent()
			continue
		case job := <-f.log.jobs:
			job(f)
			continue
		case <-f.log.merges:
			f.log.noteMerge(f.mergeDue())
			continue
		case w := <-f.log.flushes:
			waiting = f.more([]chan<- error{w})
		case <-flush.C:
		case <-f.log.queue.wake:
			if time.Since(f.flushed) < syncEvery && f.absorb() {
				continue
			}
		}
		err := f.flush()
		// The queue is empty now: a flush before the time is up would write a small
		// block.
		flush.Reset(f.log.o.FlushEvery)
		for _, w := range waiting {
			w <- err
		}
		if err == nil {
			f.log.noteMerge(f.mergeDue())
		}
	}
}

// more takes the other callers that wait for a flush: one flush serves all.
func (f *flusher) more(waiting []chan<- error) []chan<- error {
	for {
		select {
		case w := <-f.log.flushes:
			waiting = append(waiting, w)
		default:
			return waiting
		}
	}
}

// flush writes what is in the queue, and before that what an earlier flush
// could not write. When it fails nothing is lost: the next one tries again.
func (f *flusher) flush() error {
	err := f.write()
	if err == nil {
		f.collect()
		f.sealRest()
		err = f.write()
	}
	if err == nil {
		f.flushed = time.Now()
	}
	f.log.noteFlush(err, f.pendingBytes())
	return err
}

// absorb empties the queue without writing, unless a block is full: a log that takes
// in more than its queue holds would write many small blocks. It reports whether a
// flush has time.
func (f *flusher) absorb() bool {
	if len(f.pending) > 0 {
		return false
	}
	f.collect()
	f.log.notePending(f.pendingBytes())
	return len(f.pending) == 0
}

// collect empties the queue into the current block.
func (f *flusher) collect() {
	f.rows = f.rows[:0]
	f.log.queue.drain(func(micros int64, body []byte) { f.rows = append(f.rows, row{micros, body}) })
	slices.SortStableFunc(f.rows, func(a, b row) int { return cmp.Compare(a.micros, b.micros) })
	for r := range f.recorded(f.rows) {
		f.add(r)
	}
}

// recorded yields the requests of rows after they have been named and observed.
// Their texts lie in the queue's memory: nobody may keep them.
func (f *flusher) recorded(rows []row) iter.Seq[*record.Request] {
	return func(yield func(*record.Request) bool) {
		for _, at := range rows {
			if err := decodeRequest(unsafe.String(unsafe.SliceData(at.body), len(at.body)), &f.request); err != nil {
				f.log.noteLost(fmt.Errorf("a request in the queue: %w", err), 1)
				continue
			}
			f.request.Time = time.UnixMicro(at.micros).UTC()
			f.name(&f.request)
			if f.log.o.Observe != nil {
				f.log.o.Observe(&f.request)
			}
			if !yield(&f.request) {
				return
			}
		}
	}
}

// name lets Options.Name complete a request.
func (f *flusher) name(r *record.Request) {
	r.Instance = f.log.o.Instance
	if f.log.o.Name != nil {
		f.log.o.Name(r)
	}
}

// write stores the pending blocks.
func (f *flusher) write() error {
	for i := range f.pending {
		f.pending[i].current = true
		if err := f.apply(&f.pending[i]); err != nil {
			f.pending = slices.Delete(f.pending, 0, i)
			return err
		}
	}
	f.pending = nil
	return nil
}

// sync makes durable what was written.
func (f *flusher) sync() {
	if f.unsynced {
		f.log.noteSync(f.syncNow())
	}
}

func (f *flusher) syncNow() error {
	if err := f.log.db.Sync(); err != nil {
		return err
	}
	f.unsynced = false
	return f.log.checkpoint.write(f.manifest.next)
}

// finish writes what is left and counts what is lost.
func (f *flusher) finish() {
	err := f.flush()
	f.sync()
	if err == nil {
		return
	}
	f.collect()
	f.sealRest()
	rows := 0
	for _, c := range f.pending {
		rows += c.add.rows
		for _, p := range c.remove { // these are stored
			rows -= p.rows
		}
	}
	f.lost = fmt.Errorf("%d requests are lost: %w", rows, err)
	f.log.noteLost(f.lost, uint64(rows))
}

func (f *flusher) pendingBytes() int64 {
	sum := f.current.unwritten()
	for _, c := range f.pending {
		sum += int64(len(c.head) + len(c.body))
	}
	return sum
}
