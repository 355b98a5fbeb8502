package plugin

import (
	"context"
	"testing"
)

func TestFeed(t *testing.T) {
	var f feed[int]
	f.send(1) // nobody hears it
	ctx, cancel := context.WithCancel(t.Context())
	stop := make(chan struct{})
	leaving, staying := f.follow(ctx, nil), f.follow(t.Context(), stop)
	f.send(2)
	if a, b := <-leaving, <-staying; a != 2 || b != 2 {
		t.Fatalf("got %d and %d", a, b)
	}
	cancel()
	if _, more := <-leaving; more {
		t.Error("a follower whose context ended still gets records")
	}
	if !f.followed() {
		t.Error("the other one was lost with it")
	}
	close(stop)
	if _, more := <-staying; more {
		t.Error("a follower of a stopped configuration still gets records")
	}
	if f.followed() {
		t.Error("somebody is left")
	}
}

// TestFeedWaitsForNobody: who is too far behind is let go, and the others are
// served.
func TestFeedWaitsForNobody(t *testing.T) {
	var f feed[int]
	slow := f.follow(t.Context(), nil)
	for i := range feedBacklog + 1 {
		f.send(i)
	}
	n := 0
	for range slow {
		n++
	}
	if n != feedBacklog {
		t.Errorf("the slow one got %d, want %d and the end", n, feedBacklog)
	}
	if f.followed() {
		t.Error("the slow one is still there")
	}
}
