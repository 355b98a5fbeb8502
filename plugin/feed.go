package plugin

import (
	"context"
	"sync"
	"sync/atomic"
)

// feed hands records on to those who follow a log while it is written. It
// waits for nobody.
type feed[T any] struct {
	mu        sync.Mutex
	followers map[chan T]struct{}
	count     atomic.Int32
}

// feedBacklog is how many records a follower may be behind.
const feedBacklog = 1024

// followed reports whether anybody would get a record.
func (f *feed[T]) followed() bool { return f.count.Load() > 0 }

// follow yields what is sent from now on, until ctx ends, stop is closed, or
// the follower is too far behind.
func (f *feed[T]) follow(ctx context.Context, stop <-chan struct{}) <-chan T {
	ch := make(chan T, feedBacklog)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.followers == nil {
		f.followers = map[chan T]struct{}{}
	}
	f.followers[ch] = struct{}{}
	f.count.Add(1)
	go func() {
		select {
		case <-ctx.Done():
		case <-stop:
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.leave(ch)
	}()
	return ch
}

// leave ends a follower's channel, once; f.mu is held.
func (f *feed[T]) leave(ch chan T) {
	if _, here := f.followers[ch]; here {
		delete(f.followers, ch)
		f.count.Add(-1)
		close(ch)
	}
}

func (f *feed[T]) send(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.followers {
		select {
		case ch <- v:
		default:
			f.leave(ch)
		}
	}
}
