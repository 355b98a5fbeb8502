package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// Badger syncs every transaction by itself, also those that come together. So
// one goroutine, the committer, writes them all: what came in while it was
// syncing shares the next transaction and its one fsync.

// maxWaiting is how many events may wait for the committer; who brings more
// waits for room.
const maxWaiting = 4096

// entry is one event on its way to the disk.
type entry struct {
	event                record.Event
	impersonal, personal []byte
	hash                 contentHash
	// keys are its index keys; their last eight bytes are for the seq.
	keys [][]byte
	// count and bytes are what it takes of a transaction, at the most.
	count, bytes int64
	// late says that it was kept in memory.
	late bool

	// What follows belongs to the committer until call.done is closed.
	call  *appendCall
	state entryState
	// tried says that it was new in a transaction that failed: if it is there
	// now, that transaction was written nevertheless.
	tried bool
}

type entryState byte

const (
	entryNew entryState = iota
	entryConflict
	entryDuplicate
)

// perKey is more than Badger adds to the length of a key and its value.
const perKey = 32

// index makes the index keys, and counts what all keys take.
func (e *entry) index() {
	at := newEventPos(e.event.Time, 0)
	for _, prefix := range append(impersonalIndex(&e.event), personalIndex(&e.event)...) {
		e.keys = append(e.keys, append(prefix, at[:]...))
	}
	e.count = int64(len(e.keys)) + 3
	e.bytes = int64(len(e.impersonal)+len(e.personal)+len(record.MarkConflict)+2*len(e.event.ID)) + 256 + e.count*perKey
	for _, key := range e.keys {
		e.bytes += int64(len(key))
	}
}

// appendCall is what one call brings: no events to ask only whether the log
// can be written.
type appendCall struct {
	entries []*entry
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
type pool struct {
	mu      sync.Mutex
	some    sync.Cond // something waits, or the pool is closed
	waiting []*appendCall
	events  int
	room    chan struct{} // closed when the committer has taken everything
	closed  bool
}

func (p *pool) init() {
	p.some.L = &p.mu
	p.room = make(chan struct{})
}

// put adds call, and waits for room if there is none.
func (p *pool) put(ctx context.Context, call *appendCall) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return ErrClosed
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
func (p *pool) take() []*appendCall {
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
func (p *pool) len() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, call := range p.waiting {
		for _, e := range call.entries {
			if !e.late {
				n++
			}
		}
	}
	return n
}

// close lets nothing more in; what waits can still be taken.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.some.Broadcast()
}

func (a *AppLog) commitLoop() {
	defer close(a.commitDone)
	for calls := a.pool.take(); len(calls) > 0; calls = a.pool.take() {
		var entries []*entry
		for _, call := range calls {
			entries = append(entries, call.entries...)
			if len(call.entries) == 0 {
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
func (a *AppLog) fitting(entries []*entry) int {
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
func (a *AppLog) store(entries []*entry) {
	err := a.write(entries)
	if err == nil {
		a.count(entries)
	}
	var fresh []*record.Event
	for _, e := range entries {
		if err == nil && e.state != entryDuplicate {
			// The caller may go on with the entry once it is
			// answered, but nobody changes the event any more.
			fresh = append(fresh, &e.event)
		}
		e.call.answer(1, err)
	}
	if a.o.Stored != nil {
		for _, e := range fresh {
			a.o.Stored(e)
		}
	}
}

func (a *AppLog) count(entries []*entry) {
	for _, e := range entries {
		switch {
		case e.state != entryDuplicate:
			a.recorded.Add(1)
			if e.late {
				a.lateStored.Add(1)
			}
			if e.state == entryConflict {
				a.conflicts.Add(1)
			}
		case !e.late: // else it had been stored before it was kept
			a.duplicates.Add(1)
		}
	}
}

// write puts entries on the disk, all or none, and remembers whether it could.
func (a *AppLog) write(entries []*entry) error {
	err := a.space.check()
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
func (a *AppLog) transact(entries []*entry) error {
	txn := a.db.NewTransaction(true)
	defer txn.Discard()
	end, err := readTail(txn)
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
	if err := end.write(txn); err != nil {
		return fmt.Errorf("writing the last number: %w", err)
	}
	if err := a.commit(txn); err != nil {
		return fmt.Errorf("committing %d events: %w", len(entries), err)
	}
	return nil
}

// put adds e to txn, unless it is stored already.
func (e *entry) put(txn *badger.Txn, end *tail) error {
	seq, conflict, err := stored(txn, e.event.ID, e.hash)
	if err != nil {
		return err
	}
	if seq != 0 {
		e.event.Seq = seq
		if !e.tried {
			e.state = entryDuplicate
		}
		return nil
	}
	end.seq++
	end.entries++
	e.event.Seq, e.state, e.tried = end.seq, entryNew, true
	known := binary.BigEndian.AppendUint64([]byte{eventVersion}, end.seq)
	names := idKey(e.event.ID)
	if conflict {
		e.state = entryConflict
		e.event.Mark(record.MarkConflict)
		e.impersonal, _, _ = encodeEvent(&e.event)
		names = conflictKey(e.event.ID, e.hash)
	} else {
		known = append(known, e.hash[:]...)
	}
	err = errors.Join(
		txn.Set(names, known),
		txn.Set(seqKey(keyImpersonal, end.seq), e.impersonal),
		txn.Set(seqKey(keyPersonal, end.seq), e.personal))
	for _, key := range e.keys {
		binary.BigEndian.PutUint64(key[len(key)-8:], end.seq)
		err = errors.Join(err, txn.Set(key, nil))
	}
	return err
}

// stored looks for an event: seq is 0 if it is not there, and conflict says
// that its id is, with other content.
func stored(txn *badger.Txn, id string, hash contentHash) (seq uint64, conflict bool, err error) {
	first, err := get(txn, idKey(id), 1+8+len(hash))
	if err != nil || first == nil {
		return 0, false, err
	}
	if contentHash(first[9:]) == hash {
		return binary.BigEndian.Uint64(first[1:]), false, nil
	}
	later, err := get(txn, conflictKey(id, hash), 1+8)
	if err != nil || later == nil {
		return 0, true, err
	}
	return binary.BigEndian.Uint64(later[1:]), false, nil
}

// tail is where the log ends: the last number given and how many events there
// are. It is read and written in each transaction, so that it is right whatever
// became of the one before.
type tail struct{ seq, entries uint64 }

func readTail(txn *badger.Txn) (tail, error) {
	value, err := get(txn, []byte{keyTail}, 1+8+8)
	if err != nil || value == nil {
		return tail{}, err
	}
	return tail{binary.BigEndian.Uint64(value[1:]), binary.BigEndian.Uint64(value[9:])}, nil
}

func (t tail) write(txn *badger.Txn) error {
	value := binary.BigEndian.AppendUint64([]byte{eventVersion}, t.seq)
	return txn.Set([]byte{keyTail}, binary.BigEndian.AppendUint64(value, t.entries))
}

// get reads a value of the given size that starts with the version; nil means
// that there is none.
func get(txn *badger.Txn, key []byte, size int) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", key, err)
	}
	value, err := item.ValueCopy(nil)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %q: %w", key, err)
	case len(value) > 0 && value[0] != eventVersion:
		return nil, fmt.Errorf("reading %q: format %d: %w", key, value[0], ErrNewer)
	case len(value) != size:
		return nil, fmt.Errorf("reading %q: %w", key, errTruncated)
	}
	return value, nil
}
