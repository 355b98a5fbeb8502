package logs

import (
	"context"
	"testing"
)

func TestFeed(t *testing.T) {
	var f Feed[int]
	f.Send(1) // without followers
	ctx, cancel := context.WithCancel(t.Context())
	stop := make(chan struct{})
	leaving, staying := f.Follow(ctx, nil), f.Follow(t.Context(), stop)
	f.Send(2)
	if a, b := <-leaving, <-staying; a != 2 || b != 2 {
		t.Fatalf("got %d and %d", a, b)
	}
	cancel()
	if _, more := <-leaving; more {
		t.Error("a follower whose context ended still gets records")
	}
	if !f.Followed() {
		t.Error("the other one was lost with it")
	}
	close(stop)
	if _, more := <-staying; more {
		t.Error("a follower of a stopped configuration still gets records")
	}
	if f.Followed() {
		t.Error("somebody is left")
	}
}

// TestFeedNeverBlocks checks that a follower that lags too far is removed.
func TestFeedNeverBlocks(t *testing.T) {
	var f Feed[int]
	slow := f.Follow(t.Context(), nil)
	for i := range feedBacklog + 1 {
		f.Send(i)
	}
	n := 0
	for range slow {
		n++
	}
	if n != feedBacklog {
		t.Errorf("the slow one got %d, want %d and the end", n, feedBacklog)
	}
	if f.Followed() {
		t.Error("the slow one is still there")
	}
}
