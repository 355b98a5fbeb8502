package plugin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/retention"
)

// upToDate says whether the application log may be read. One that was restored
// from a backup, or that no server looked after for a while, holds what should be
// gone: it is deleted and anonymized first.
type upToDate struct {
	mu sync.Mutex
	// settled is closed once it has been tried; nil where nothing is overdue.
	settled chan struct{}
	err     error
}

// behind says that something is overdue.
func (u *upToDate) behind() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.settled == nil {
		u.settled = make(chan struct{})
	}
}

// isBehind reports whether something is overdue.
func (u *upToDate) isBehind() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.settled != nil
}

// tried says that a run is over, and whether it failed.
func (u *upToDate) tried(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.settled == nil {
		return
	}
	select {
	case <-u.settled:
	default:
		close(u.settled)
	}
	if u.err = err; err == nil {
		u.settled = nil
	}
}

// wait returns when the log may be read, or says why it may not.
func (u *upToDate) wait(ctx context.Context) error {
	u.mu.Lock()
	settled := u.settled
	u.mu.Unlock()
	if settled == nil {
		return nil
	}
	select {
	case <-settled:
	case <-ctx.Done():
		return ctx.Err()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.settled != nil && u.err != nil {
		return fmt.Errorf("nothing is shown before what is overdue has been deleted and anonymized: %w", u.err)
	}
	return nil
}

// lookBehind finds out whether anything is overdue.
func (b *books) lookBehind() {
	log, err := b.events()
	if err != nil {
		return // there is nothing to read; it is looked at again once it is open
	}
	if late, err := retention.Overdue(log, time.Now()); late || err != nil {
		b.upToDate.behind()
	}
}

// reading is the application log for whoever wants to see what is in it.
func (b *books) reading(ctx context.Context) (*applog.Log, error) {
	log, err := b.events()
	if err != nil {
		return nil, err
	}
	return log, b.upToDate.wait(ctx)
}

func (in *instance) reading(ctx context.Context) (*applog.Log, error) {
	if b := in.books.Load(); b != nil {
		return b.reading(ctx)
	}
	return nil, errNotOpen
}
