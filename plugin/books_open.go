package plugin

import (
	"context"
	"log/slog"
	"time"

	"github.com/gatebook/gatebook/store"
)

func openBooks(dir, instance string, log *slog.Logger) (*books, error) {
	if b := takeBack(dir); b != nil {
		return b, nil
	}
	b := &books{dir: dir, instance: instance, log: log}
	ctx, cancel := context.WithCancel(context.Background())
	b.stopOpen = cancel
	err := b.open()
	if err != nil && refuses(err) {
		cancel()
		return nil, err
	}
	if err != nil {
		log.Error("the site goes on without its books until they can be opened", "error", err)
		b.opening.Go(func() { b.openAgain(ctx) })
	}
	openNow.Store(dir, b)
	return b, nil
}

func (b *books) open() error {
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
	return nil
}

// openAgain tries until the store opens, and tells the gap in its log.
func (b *books) openAgain(ctx context.Context) {
	since := time.Now()
	tick := time.NewTicker(openAgainEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := b.open(); err == nil {
			break
		}
	}
	b.log.Info("the books are open again", "unrecorded", b.unrecorded.Load(), "lost_events", b.untold.Load())
	if err := b.events().Append(ctx, store.Gap(since, time.Now(), 0, b.untold.Load())); err != nil {
		b.log.Error("writing the gap into the application log", "error", err)
	}
}
