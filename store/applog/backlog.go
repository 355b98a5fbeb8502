package applog

import (
	"context"
	"sync"

	"github.com/gatebook/gatebook/store/kv"
)

// maxBacklog is how many bytes of transactions may wait for the follower. The
// committer waits when there are more.
const maxBacklog = 8 << 20

// task is what the follower does in one step: entries to apply, or a job.
type task struct {
	entries []*entry
	job     *appendCall
}

// backlog holds what the follower has yet to do, in order, and how far it is.
type backlog struct {
	mu    sync.Mutex
	tasks []task
	// bytes and events are what the entries take that are not applied.
	bytes  int64
	events int
	// appended is the last number that is in the journal, and applied the last that
	// is in the database.
	appended, applied uint64
	// stalled is why the follower cannot go on; nil while it can.
	stalled error
	closed  bool
	// progress is closed when applied or stalled changes; nil while nobody waits.
	progress chan struct{}
	// wake has something in it when there is work.
	wake chan struct{}
}

func (b *backlog) init(last uint64) {
	b.wake = make(chan struct{}, 1)
	b.appended, b.applied = last, last
}

func (b *backlog) notify() {
	select {
	case b.wake <- struct{}{}:
	default: // notified already
	}
}

// put adds entries that the journal has.
func (b *backlog) put(entries []*entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tasks = append(b.tasks, task{entries: entries})
	for _, e := range entries {
		b.bytes += e.bytes
	}
	b.events += len(entries)
	b.appended = entries[len(entries)-1].event.Seq
	b.notify()
}

// do adds a job, which is done after all that is there already.
func (b *backlog) do(ctx context.Context, job *appendCall) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return kv.ErrClosed
	}
	b.tasks = append(b.tasks, task{job: job})
	b.notify()
	return nil
}

// take returns what is there and was not taken.
func (b *backlog) take() (tasks []task, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tasks, b.tasks = b.tasks, nil
	return tasks, b.closed
}

// changed wakes who waits for progress; b.mu is held.
func (b *backlog) changed() {
	if b.progress != nil {
		close(b.progress)
		b.progress = nil
	}
}

// advance notes that entries are in the database.
func (b *backlog) advance(entries []*entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range entries {
		b.bytes -= e.bytes
	}
	b.events -= len(entries)
	b.applied = entries[len(entries)-1].event.Seq
	b.stalled = nil
	b.changed()
}

// stall notes that the follower cannot go on, and reports whether that is new.
func (b *backlog) stall(err error) (first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first = b.stalled == nil
	b.stalled = err
	b.changed()
	return first
}

// err is why the follower cannot go on.
func (b *backlog) err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stalled
}

// appliedLast is the last number that is in the database.
func (b *backlog) appliedLast() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.applied
}

// lag is how many events are in the journal and not in the database.
func (b *backlog) lag() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events
}

// wait waits until cond holds; it is called with b.mu held.
func (b *backlog) wait(ctx context.Context, cond func() bool) error {
	b.mu.Lock()
	for !cond() {
		if b.progress == nil {
			b.progress = make(chan struct{})
		}
		progress := b.progress
		b.mu.Unlock()
		select {
		case <-progress:
		case <-ctx.Done():
			return ctx.Err()
		}
		b.mu.Lock()
	}
	b.mu.Unlock()
	return nil
}

// waitForRoom waits until more may be appended. A follower that cannot go on is an
// error once there is no room.
func (b *backlog) waitForRoom() (err error) {
	_ = b.wait(context.Background(), func() bool {
		if b.bytes > maxBacklog {
			err = b.stalled
		}
		return b.bytes <= maxBacklog || err != nil
	})
	return err
}

// barrier waits until what is in the journal now is in the database, or the follower
// cannot go on.
func (b *backlog) barrier(ctx context.Context) error {
	b.mu.Lock()
	target := b.appended
	b.mu.Unlock()
	return b.wait(ctx, func() bool { return b.applied >= target || b.stalled != nil })
}

// close lets no more jobs in; the follower ends when it has done what is there.
func (b *backlog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.notify()
}
