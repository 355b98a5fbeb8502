package logs

import (
	"context"
	"fmt"
	"sync"
)

// ReadBarrier holds up reads of the application log while retention is overdue.
// A log that was restored from a backup, or that no server had open for a while,
// holds entries that have expired: they are deleted and anonymized first. The
// zero value lets everybody read.
type ReadBarrier struct {
	mu sync.Mutex
	// tried is closed after the first retention run; nil where nothing is overdue.
	tried chan struct{}
	err   error
}

// Raise says that retention is overdue.
func (b *ReadBarrier) Raise() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tried == nil {
		b.tried = make(chan struct{})
	}
}

// Raised reports whether retention is overdue.
func (b *ReadBarrier) Raised() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tried != nil
}

// Ran says that a retention run is over, with its error. Without one it lowers
// the barrier; with one, reads fail until a run succeeds.
func (b *ReadBarrier) Ran(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tried == nil {
		return
	}
	select {
	case <-b.tried:
	default:
		close(b.tried)
	}
	if b.err = err; err == nil {
		b.tried = nil
	}
}

// Wait returns nil when the log may be read, or the reason why it may not. It
// waits for the first run, or until ctx ends.
func (b *ReadBarrier) Wait(ctx context.Context) error {
	b.mu.Lock()
	tried := b.tried
	b.mu.Unlock()
	if tried == nil {
		return nil
	}
	select {
	case <-tried:
	case <-ctx.Done():
		return ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tried != nil && b.err != nil {
		return fmt.Errorf("nothing is shown before what is overdue has been deleted and anonymized: %w", b.err)
	}
	return nil
}
