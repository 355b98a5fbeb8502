package logs

import (
	"context"
	"sync"
	"sync/atomic"
)

// Feed passes new records of a log to its followers. It never blocks: a follower
// that is too slow loses its channel. The zero value has no followers.
type Feed[T any] struct {
	mu        sync.Mutex
	followers map[chan T]struct{}
	count     atomic.Int32
}

// feedBacklog is by how many records a follower may lag.
const feedBacklog = 1024

// Followed reports whether there are followers.
func (f *Feed[T]) Followed() bool { return f.count.Load() > 0 }

// Follow returns a channel of the records that are sent from now on. It is closed
// when ctx ends, stop is closed, or the follower lags too far.
func (f *Feed[T]) Follow(ctx context.Context, stop <-chan struct{}) <-chan T {
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
		f.remove(ch)
	}()
	return ch
}

// remove ends a follower's channel, once; f.mu is held.
func (f *Feed[T]) remove(ch chan T) {
	if _, here := f.followers[ch]; here {
		delete(f.followers, ch)
		f.count.Add(-1)
		close(ch)
	}
}

// Send passes a record to all followers.
func (f *Feed[T]) Send(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.followers {
		select {
		case ch <- v:
		default:
			f.remove(ch)
		}
	}
}
