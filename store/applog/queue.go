package applog

import (
	"context"
	"sync"

	"github.com/gatebook/gatebook/store/kv"
)

// maxWaiting is how many events may wait for the committer. A call with more
// waits for room.
const maxWaiting = 4096

// callQueue holds the calls that wait for the committer.
type callQueue struct {
	mu      sync.Mutex
	some    sync.Cond // something waits, or the pool is closed
	waiting []*appendCall
	events  int
	room    chan struct{} // closed when the committer has taken everything
	closed  bool
}

func (p *callQueue) init() {
	p.some.L = &p.mu
	p.room = make(chan struct{})
}

// put adds call, and waits for room if there is none.
func (p *callQueue) put(ctx context.Context, call *appendCall) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return kv.ErrClosed
		}
		if p.events == 0 || p.events+len(call.entries) <= maxWaiting {
			p.waiting = append(p.waiting, call)
			p.events += len(call.entries)
			p.mu.Unlock()
			p.some.Signal()
			return nil
		}
		room := p.room
		p.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take waits for calls and takes them all. None mean that the pool is
// closed.
func (p *callQueue) take() []*appendCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.waiting) == 0 && !p.closed {
		p.some.Wait()
	}
	taken := p.waiting
	p.waiting, p.events = nil, 0
	close(p.room)
	p.room = make(chan struct{})
	return taken
}

// len counts the events that wait here and nowhere else.
func (p *callQueue) len() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, call := range p.waiting {
		for _, e := range call.entries {
			if !e.spilled {
				n++
			}
		}
	}
	return n
}

// close lets nothing more in; what waits can still be taken.
func (p *callQueue) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.some.Broadcast()
}

// maxBatch is how many bytes of entries are appended at once, so that none waits long
// for the others.
const maxBatch = 1 << 20

// inBatch is how many of entries are appended as one batch.
func inBatch(entries []*entry) int {
	left := int64(maxBatch)
	return firstOf(entries, func(e *entry) bool {
		left -= e.size
		return left >= 0
	})
}

// fitting is how many of entries fit in one transaction.
func (a *Log) fitting(entries []*entry) int {
	count, bytes := a.db.MaxBatchCount()-4, a.db.MaxBatchSize()-4*perKey
	return firstOf(entries, func(e *entry) bool {
		count -= keysPerEntry
		bytes -= e.bytes()
		return count >= 0 && bytes >= 0
	})
}

// firstOf is how many of entries there are before the first that does not fit, and at
// least one. It parts a call only if that is too large by itself.
func firstOf(entries []*entry, fits func(*entry) bool) int {
	first := 0 // of the call that entries[i] belongs to
	for i, e := range entries {
		if e.call != entries[first].call {
			first = i
		}
		if fits(e) || i == 0 {
			continue
		}
		if first > 0 {
			return first
		}
		return i
	}
	return len(entries)
}
