package plugin

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// underway are the exchanges that have begun and are not recorded yet. They
// are linked through themselves, in several lists, so that entering costs no
// allocation and no lock that all requests share.
type underway struct {
	shards [8]struct {
		mu    sync.Mutex
		first *exchange
		// Two shards on one cache line would be as one.
		_ [48]byte
	}
}

func (u *underway) enter(x *exchange) {
	x.shard = uint8(rand.Uint32() % uint32(len(u.shards)))
	s := &u.shards[x.shard]
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.next = s.first; x.next != nil {
		x.next.prev = x
	}
	s.first = x
}

func (u *underway) leave(x *exchange) {
	s := &u.shards[x.shard]
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.prev != nil {
		x.prev.next = x.next
	} else {
		s.first = x.next
	}
	if x.next != nil {
		x.next.prev = x.prev
	}
	x.prev, x.next = nil, nil
}

// each calls f for every exchange under way. f must not enter or leave.
func (u *underway) each(f func(*exchange)) {
	for i := range u.shards {
		s := &u.shards[i]
		s.mu.Lock()
		for x := s.first; x != nil; x = x.next {
			f(x)
		}
		s.mu.Unlock()
	}
}

func (u *underway) none() bool {
	none := true
	u.each(func(*exchange) { none = false })
	return none
}

// wait returns when no exchange is under way, or when ctx ends.
func (u *underway) wait(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !u.none() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
