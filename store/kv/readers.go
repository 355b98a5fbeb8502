package kv

import (
	"context"
	"sync"
)

// Readers counts the readers of a database. Deleted values stay on the disk while a
// reader sees an earlier state: a compaction keeps them.
type Readers struct {
	mu sync.Mutex
	in map[chan struct{}]struct{}
}

// Enter counts one more reader until leave is called.
func (r *Readers) Enter() (leave func()) {
	left := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.in == nil {
		r.in = make(map[chan struct{}]struct{})
	}
	r.in[left] = struct{}{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.in, left)
		close(left)
	}
}

// Wait returns when all current readers have left, or when ctx ends. It does not
// wait for readers that come later.
func (r *Readers) Wait(ctx context.Context) error {
	r.mu.Lock()
	list := make([]chan struct{}, 0, len(r.in))
	for left := range r.in {
		list = append(list, left)
	}
	r.mu.Unlock()
	for _, left := range list {
		select {
		case <-left:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
