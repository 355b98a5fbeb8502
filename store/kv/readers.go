package kv

import (
	"context"
	"sync"
)

// readers knows who reads a database. What was deleted stays on the disk while
// somebody sees the state before: compacting then keeps it.
type Readers struct {
	mu sync.Mutex
	in map[chan struct{}]struct{}
}

// enter counts one more until leave is called.
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

// wait returns when those who are in have left, whoever came later, or when ctx
// ends.
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
