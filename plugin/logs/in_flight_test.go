package logs

import (
	"context"
	"testing"

	"pgregory.net/rapid"
)

type request struct {
	place       Place
	interrupted int
}

func (r *request) Interrupt() { r.interrupted++ }

// TestInFlight compares entering and leaving with a set.
func TestInFlight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f InFlight
		here := map[Request]bool{}
		var list []*request
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			if len(list) > 0 && rapid.Bool().Draw(t, "leave") {
				i := rapid.IntRange(0, len(list)-1).Draw(t, "which")
				f.Leave(&list[i].place)
				delete(here, list[i])
				list = append(list[:i], list[i+1:]...)
			} else {
				r := new(request)
				f.Enter(r, &r.place)
				here[r] = true
				list = append(list, r)
			}
			n := 0
			f.each(func(r Request) {
				n++
				if !here[r] {
					t.Fatal("a request that has left is still there")
				}
			})
			if n != len(here) || f.none() != (n == 0) {
				t.Fatalf("%d are in flight, want %d", n, len(here))
			}
		}
	})
}

func TestInFlightInterrupt(t *testing.T) {
	var f InFlight
	var list [20]request
	for i := range list {
		f.Enter(&list[i], &list[i].place)
	}
	f.Leave(&list[7].place)
	f.Interrupt()
	for i := range list {
		r := &list[i]
		if want := min(1, max(i-7, 7-i)); r.interrupted != want {
			t.Errorf("request %d was interrupted %d times, want %d", i, r.interrupted, want)
		}
	}
}

func TestInFlightWait(t *testing.T) {
	var f InFlight
	r := new(request)
	f.Enter(r, &r.place)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.Wait(ctx) // ends with its context
	done := make(chan struct{})
	go func() { f.Wait(t.Context()); close(done) }()
	f.Leave(&r.place)
	<-done
}
