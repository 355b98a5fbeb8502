package plugin

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// underway are the exchanges that have begun and are not recorded yet. They
// stand in several lists, so that no lock is shared by all requests, and know
// their place, so that they are found without a search.
type underway struct {
	shards [8]struct {
		mu   sync.Mutex
		list []*exchange
		// Two shards on one cache line would be as one.
		_ [32]byte
	}
}

func (u *underway) enter(x *exchange) {
	x.shard = uint8(rand.Uint32() % uint32(len(u.shards)))
	s := &u.shards[x.shard]
	s.mu.Lock()
	defer s.mu.Unlock()
	x.index = uint32(len(s.list))
	s.list = append(s.list, x)
}

// leave puts the last of the list where x stood.
func (u *underway) leave(x *exchange) {
	s := &u.shards[x.shard]
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.list) - 1
	moved := s.list[last]
	s.list[x.index], moved.index = moved, x.index
	s.list[last] = nil
	s.list = s.list[:last]
}

// each calls f for every exchange under way. f must not enter or leave.
func (u *underway) each(f func(*exchange)) {
	for i := range u.shards {
		s := &u.shards[i]
		s.mu.Lock()
		for _, x := range s.list {
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
