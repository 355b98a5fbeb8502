package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/store"
)

// Destruct closes the books.
func (b *books) Destruct() error {
	b.stopOpen()
	b.opening.Wait()
	b.stopKeeper()
	b.detection.Close()
	registry.remove(b)
	return caddyhooks.CloseLast(b.close)
}

// close waits for the requests in flight, for at most closingPatience. Those that the process cuts
// off because it exits are recorded as far as they came; while it lives on,
// they go on too, and come too late.
func (b *books) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closingPatience)
	defer cancel()
	b.inFlight.Wait(ctx)
	if caddy.Exiting() {
		b.inFlight.Interrupt()
	}
	err := b.closeStore()
	if errors.Is(err, store.ErrDiskFull) && !caddy.Exiting() {
		b.closeWhenSpace()
	}
	if err != nil {
		return fmt.Errorf("closing %s: %w", b.dir, err)
	}
	return nil
}

func (b *books) closeStore() error {
	if s := b.store.Load(); s != nil {
		return s.Close()
	}
	return nil
}

// closeWhenSpace closes the logs when there is space, unless a configuration
// reuses them before.
func (b *books) closeWhenSpace() {
	registry.keepUnclosed(b)
	b.log.Error("the books stay open until there is space to close them", "dir", b.dir)
	go func() {
		for range time.Tick(openAgainEvery) {
			if !registry.takeToClose(b) {
				return
			}
			err := b.closeStore()
			if err == nil {
				return
			}
			if !errors.Is(err, store.ErrDiskFull) {
				b.log.Error("closing the books", "dir", b.dir, "error", err)
				return
			}
			registry.keepUnclosed(b)
		}
	}()
}
