package logs

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Request is a request in flight.
type Request interface {
	// Interrupt records the request as far as it has come, because the process
	// exits. Its handlers may still be at work.
	Interrupt()
}

// InFlight holds the requests that have begun and are not recorded yet. They are
// in several lists, so that no lock is shared by all requests, and know their
// place, so that leaving needs no search. The zero value is empty.
type InFlight struct {
	shards [1 << shardBits]struct {
		mu   sync.Mutex
		list []entry
		// Two shards on one cache line would slow each other down.
		_ [32]byte
	}
}

type entry struct {
	request Request
	place   *Place
}

// Place is where a request is in [InFlight]. It is part of every request, so it is
// one word: the low bits are the shard, which never changes, the others the index
// in its list, which the lock of the shard guards. It is atomic because the shard
// is read without the lock.
type Place struct{ word atomic.Uint32 }

const shardBits = 3

func (p *Place) set(shard uint32, index int) { p.word.Store(shard | uint32(index)<<shardBits) }
func (p *Place) shard() uint32               { return p.word.Load() & (1<<shardBits - 1) }
func (p *Place) index() int                  { return int(p.word.Load() >> shardBits) }

// Enter adds a request and sets its place.
func (f *InFlight) Enter(r Request, place *Place) {
	shard := rand.Uint32() & (1<<shardBits - 1)
	s := &f.shards[shard]
	s.mu.Lock()
	defer s.mu.Unlock()
	place.set(shard, len(s.list))
	s.list = append(s.list, entry{r, place})
}

// Leave removes the request at the place. The last of the list moves there.
func (f *InFlight) Leave(place *Place) {
	shard := place.shard()
	s := &f.shards[shard]
	s.mu.Lock()
	defer s.mu.Unlock()
	last, index := len(s.list)-1, place.index()
	moved := s.list[last]
	s.list[index] = moved
	moved.place.set(shard, index)
	s.list[last] = entry{}
	s.list = s.list[:last]
}

// Interrupt interrupts all requests. [Request.Interrupt] must not enter or leave.
func (f *InFlight) Interrupt() {
	f.each(Request.Interrupt)
}

func (f *InFlight) each(do func(Request)) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		for _, e := range s.list {
			do(e.request)
		}
		s.mu.Unlock()
	}
}

func (f *InFlight) none() bool {
	none := true
	f.each(func(Request) { none = false })
	return none
}

// Wait returns when no request is in flight, or when ctx ends.
func (f *InFlight) Wait(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !f.none() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
