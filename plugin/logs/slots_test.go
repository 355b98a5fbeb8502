package logs

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestSlots(t *testing.T) {
	var s Slots
	first, ok := s.Take(2)
	if _, also := s.Take(2); !ok || !also {
		t.Fatal("a free slot is refused")
	}
	if _, ok := s.Take(2); ok {
		t.Error("a third of two slots")
	}
	first()
	if _, ok := s.Take(2); !ok {
		t.Error("a slot that was given back is refused")
	}
}

// However many ask at once, no more have a slot than there are.
func TestSlotsAtOnce(t *testing.T) {
	var s Slots
	var has, most atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				if release, ok := s.Take(3); ok {
					n := has.Add(1)
					for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
					}
					has.Add(-1)
					release()
				}
			}
		})
	}
	all.Wait()
	if most.Load() > 3 || s.used.Load() != 0 {
		t.Errorf("%d had one of 3 slots; %d are in use at the end", most.Load(), s.used.Load())
	}
}
