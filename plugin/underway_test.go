package plugin

import (
	"context"
	"testing"

	"pgregory.net/rapid"
)

// TestUnderway plays entering and leaving against a set.
func TestUnderway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var u underway
		here := map[*exchange]bool{}
		var list []*exchange
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			if len(list) > 0 && rapid.Bool().Draw(t, "leave") {
				i := rapid.IntRange(0, len(list)-1).Draw(t, "which")
				u.leave(list[i])
				delete(here, list[i])
				list = append(list[:i], list[i+1:]...)
			} else {
				x := new(exchange)
				u.enter(x)
				here[x] = true
				list = append(list, x)
			}
			n := 0
			u.each(func(x *exchange) {
				n++
				if !here[x] {
					t.Fatal("one that has left is still there")
				}
			})
			if n != len(here) || u.none() != (n == 0) {
				t.Fatalf("%d are under way, want %d", n, len(here))
			}
		}
	})
}

func TestUnderwayWait(t *testing.T) {
	var u underway
	x := new(exchange)
	u.enter(x)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u.wait(ctx) // does not wait for ever
	done := make(chan struct{})
	go func() { u.wait(t.Context()); close(done) }()
	u.leave(x)
	<-done
}
