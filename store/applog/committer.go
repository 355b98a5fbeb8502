package applog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// Badger syncs every transaction by itself, also those that come together. So
// one goroutine, the committer, writes them all: what came in while it was
// syncing shares the next transaction and its one fsync.

// maxWaiting is how many events may wait for the committer; who brings more
// waits for room.
const maxWaiting = 4096

// appendCall is what one call brings: no events to ask only whether the log
// can be written, or to have a job done between two transactions.
type appendCall struct {
	entries []*entry
	job     func() error
	left    int // entries without an answer
	// err may be read once done is closed.
	err  error
	done chan struct{}
}

func newCall(size int) *appendCall {
	return &appendCall{entries: make([]*entry, 0, size), done: make(chan struct{})}
}

func (r *appendCall) add(e *entry) {
	e.call = r
	r.entries = append(r.entries, e)
	r.left++
}

// answer tells that n of its entries are stored, or why not.
func (r *appendCall) answer(n int, err error) {
	if r.err == nil {
		r.err = err
	}
	if r.left -= n; r.left == 0 {
		close(r.done)
	}
}

// pool holds the calls that wait for the committer.
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

func (a *Log) commitLoop() {
	defer close(a.commitDone)
	for calls := a.queue.take(); len(calls) > 0; calls = a.queue.take() {
		var entries []*entry
		for _, call := range calls {
			entries = append(entries, call.entries...)
			switch {
			case call.job != nil:
				call.answer(0, call.job())
			case len(call.entries) == 0:
				call.answer(0, a.write(nil))
			}
		}
		for len(entries) > 0 {
			n := a.fitting(entries)
			a.store(entries[:n])
			entries = entries[n:]
		}
	}
}

// fitting is how many of entries fit in one transaction. It parts a call
// only if that is too large for a transaction of its own.
func (a *Log) fitting(entries []*entry) int {
	count, bytes := a.db.MaxBatchCount()-4, a.db.MaxBatchSize()-4*perKey
	first := 0 // of the call that entries[i] belongs to
	for i, e := range entries {
		if e.call != entries[first].call {
			first = i
		}
		count -= e.count
		bytes -= e.bytes
		if count >= 0 && bytes >= 0 || i == 0 {
			continue
		}
		if first > 0 {
			return first
		}
		return i
	}
	return len(entries)
}

// store writes entries in one transaction, answers their calls and then
// tells who wants to know.
func (a *Log) store(entries []*entry) {
	err := a.write(entries)
	if errors.Is(err, kv.ErrDamaged) && len(entries) > 1 {
		// Only those which touch what is damaged are to suffer from it.
		for i := range entries {
			a.store(entries[i : i+1])
		}
		return
	}
	var fresh []*record.Event
	for _, e := range entries {
		if err == nil && !e.reported {
			a.count(e)
			if e.state != entryDuplicate {
				// The caller may go on with the entry once it is
				// answered, but nobody changes the event any more.
				e.reported = true
				fresh = append(fresh, &e.event)
			}
		}
		e.call.answer(1, err)
	}
	if a.o.Stored != nil {
		for _, e := range fresh {
			a.o.Stored(e)
		}
	}
}

func (a *Log) count(e *entry) {
	switch {
	case e.state != entryDuplicate:
		a.recorded.Add(1)
		if e.spilled {
			a.lateStored.Add(1)
		}
		if e.state == entryConflict {
			a.conflicts.Add(1)
		}
	case !e.spilled: // else it had been stored before it was kept
		a.duplicates.Add(1)
	}
}

// write puts entries on the disk, all or none, and remembers whether it could.
func (a *Log) write(entries []*entry) error {
	err := a.space.Check()
	if err == nil {
		err = a.transact(entries)
	}
	if err != nil {
		a.fail(err)
		return err
	}
	a.succeed()
	return nil
}

// transact writes one transaction. Where there is nothing new in entries none
// is needed, unless the last one failed: then what it wrote can be seen and
// may yet not be on the disk, and only another sync tells.
func (a *Log) transact(entries []*entry) (err error) {
	defer kv.RecoverDamage(&err)
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
	}
	if end == before && len(entries) > 0 && a.Down() == nil {
		return nil
	}
	if err := end.Write(txn); err != nil {
		return fmt.Errorf("writing the last number: %w", err)
	}
	if err := a.commit(txn); err != nil {
		return fmt.Errorf("committing %d events: %w", len(entries), err)
	}
	if (end.Seq+1)/blockSeqs > (before.Seq+1)/blockSeqs {
		a.wakeBlocks()
	}
	return nil
}
