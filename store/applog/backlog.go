package applog

import (
	"context"
	"sync"
	"time"

	"github.com/gatebook/gatebook/store/kv"
)

const (
	// maxKept is how many bytes of entries wait for the follower in memory. It reads
	// from the journal what comes after them.
	maxKept = 8 << 20
	// maxLag is how many events may be in the journal and not in the database. Appends
	// wait when there are more.
	maxLag = 500_000
	// In a burst, which is a batch of so many events in the last moment, the follower
	// gives way to appends until there are so many events behind, or somebody waits.
	// Its transactions would compete with them for processors and disk.
	burstBatch = 32
	burstPause = 20 * time.Millisecond
	burstLag   = 200_000
)

// backlog is what the follower has yet to do, and how far it is.
type backlog struct {
	mu sync.Mutex
	// entries wait in memory. They are the first that the follower has not taken, and
	// queued is the number of the last of them. The events after them, up to
	// appended, are in the journal only.
	entries []*entry
	queued  uint64
	// kept is how many bytes of entries are here that are not applied, also those that
	// the follower has taken.
	kept int64
	// appended is the last number that is in the journal, and applied the last that
	// is in the database.
	appended, applied uint64
	// maxLag and maxKept are the constants, unless a test says otherwise.
	maxLag  uint64
	maxKept int64
	jobs    []*appendCall
	// stalled is why the follower cannot go on; nil while it can.
	stalled error
	closed  bool
	// burst is when the last batch of a burst came, and waiting is how many wait for
	// the follower.
	burst   time.Time
	waiting int
	// progress is closed when applied or stalled changes; nil while nobody waits.
	progress chan struct{}
	// wake has something in it when there is work.
	wake chan struct{}
}

// init says which number is the last in the journal, and which in the database.
func (b *backlog) init(appended, applied uint64) {
	b.wake = make(chan struct{}, 1)
	if b.maxLag == 0 {
		b.maxLag, b.maxKept = maxLag, maxKept
	}
	b.appended, b.applied, b.queued = appended, applied, applied
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
	last := entries[len(entries)-1].event.Seq
	if b.queued == b.appended && b.kept < b.maxKept {
		b.entries = append(b.entries, entries...)
		for _, e := range entries {
			b.kept += e.size
		}
		b.queued = last
	}
	b.appended = last
	if len(entries) >= burstBatch {
		b.burst = time.Now()
	}
	b.notify()
}

// givesWay reports whether the follower is to leave the appends alone for a moment.
func (b *backlog) givesWay() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting == 0 && !b.closed && b.appended-b.applied < burstLag && time.Since(b.burst) < burstPause
}

// do adds a job.
func (b *backlog) do(ctx context.Context, job *appendCall) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return kv.ErrClosed
	}
	b.jobs = append(b.jobs, job)
	b.notify()
	return nil
}

// takeJobs returns the jobs that are to be done, and whether no more will come.
func (b *backlog) takeJobs() (jobs []*appendCall, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	jobs, b.jobs = b.jobs, nil
	return jobs, b.closed
}

// take returns the entries that wait in memory, and the last number. If there are
// none, the events up to that number are to be read from the journal, and put keeps
// those that come after them.
func (b *backlog) take() (entries []*entry, last uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.entries) == 0 {
		b.queued = b.appended
	}
	entries, b.entries = b.entries, nil
	return entries, b.queued
}

// changed wakes who waits for progress; b.mu is held.
func (b *backlog) changed() {
	if b.progress != nil {
		close(b.progress)
		b.progress = nil
	}
}

// advance notes that events up to a number are in the database, and that their
// entries took so many bytes of what is kept.
func (b *backlog) advance(last uint64, kept int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept -= kept
	b.applied = last
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

// appendedLast is the last number that is in the journal.
func (b *backlog) appendedLast() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.appended
}

// lag is how many events are in the journal and not in the database.
func (b *backlog) lag() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.appended - b.applied
}

// wait waits until cond holds, which is called with b.mu held.
func (b *backlog) wait(ctx context.Context, cond func() bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if cond() {
		return nil
	}
	b.waiting++
	defer func() { b.waiting-- }()
	b.notify()
	for !cond() {
		if b.progress == nil {
			b.progress = make(chan struct{})
		}
		progress := b.progress
		b.mu.Unlock()
		select {
		case <-progress:
		case <-ctx.Done():
			b.mu.Lock()
			return ctx.Err()
		}
		b.mu.Lock()
	}
	return nil
}

// waitForRoom waits until more may be appended. A follower that cannot go on is an
// error once there is no room.
func (b *backlog) waitForRoom() (err error) {
	_ = b.wait(context.Background(), func() bool {
		if b.appended-b.applied < b.maxLag {
			return true
		}
		err = b.stalled
		return err != nil
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
