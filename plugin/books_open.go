package plugin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
)

func openBooks(dir, instance string, log *slog.Logger) (*books, error) {
	b := registry.reuse(dir)
	if b == nil {
		b = newBooks(dir, instance, log)
		if err := b.open(); err != nil && refuses(err) {
			return nil, errors.Join(err, b.closeStore())
		} else if err != nil {
			log.Error("the site goes on without what cannot be opened, until it can be", "error", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.stopOpen = cancel
	b.checkOverdue()
	b.startKeeper()
	b.detection.Start()
	if b.incomplete() {
		b.opening.Go(func() { b.openAgain(ctx) })
	}
	registry.add(b)
	return b, nil
}

// open opens what is not open, and says why it could not open all.
func (b *books) open() error {
	if s := b.store.Load(); s != nil {
		s = s.Again()
		b.store.Store(s)
		return errors.Join(s.ServerLogErr, s.AppLogErr)
	}
	s, err := store.Open(b.dir, store.Options{
		Instance: b.instance,
		Log:      b.log,
		Name:     b.name,
		Observe:  b.observe,
		Stored:   b.stored,
	})
	if err != nil {
		b.openErr.Store(&err)
		return err
	}
	b.store.Store(s)
	return errors.Join(s.ServerLogErr, s.AppLogErr)
}

// incomplete reports whether a book is not open.
func (b *books) incomplete() bool {
	s := b.store.Load()
	return s == nil || s.ServerLog == nil || s.AppLog == nil
}

// openAgain tries until both books are open, and tells the gap of events in
// their log.
func (b *books) openAgain(ctx context.Context) {
	since := time.Now()
	tick := time.NewTicker(openAgainEvery)
	defer tick.Stop()
	_, gap := b.events()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := b.open()
		if log, closed := b.events(); closed == nil && gap != nil {
			gap = nil
			b.checkOverdue()
			b.tellGap(ctx, log, since)
			if err := b.detection.LogOpened(); err != nil {
				b.log.Error("bans from before hold from the next start", "instance", b.instance, "error", err)
			}
		}
		if err == nil {
			b.tellKeeper()
			b.log.Info("the books are open again", "unrecorded", b.unrecorded.Load(), "lost_events", b.untold.Load())
			return
		}
	}
}

func (b *books) tellGap(ctx context.Context, log *applog.Log, since time.Time) {
	if err := log.Append(ctx, applog.Gap(since, time.Now(), 0, b.untold.Load())); err != nil {
		b.log.Error("writing the gap into the application log", "error", err)
	}
}
