package logs

import (
	"context"
	"errors"
	"testing"
)

func TestReadBarrier(t *testing.T) {
	var b ReadBarrier
	b.Ran(errors.New("not raised")) // a failure of a log that is not overdue
	if err := b.Wait(t.Context()); err != nil || b.Raised() {
		t.Fatalf("before it is raised: raised %v, error %v", b.Raised(), err)
	}

	b.Raise()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Wait(ended); !errors.Is(err, context.Canceled) || !b.Raised() {
		t.Errorf("before a run: raised %v, error %v", b.Raised(), err)
	}

	waited := make(chan error)
	go func() { waited <- b.Wait(t.Context()) }()
	full := errors.New("the disk is full")
	b.Ran(full)
	if err := <-waited; !errors.Is(err, full) {
		t.Errorf("during a run that failed: %v, want %v", err, full)
	}
	b.Raise() // again, without effect
	if err := b.Wait(t.Context()); !errors.Is(err, full) || !b.Raised() {
		t.Errorf("after a run that failed: raised %v, error %v", b.Raised(), err)
	}

	b.Ran(nil)
	if err := b.Wait(t.Context()); err != nil || b.Raised() {
		t.Errorf("after a run: raised %v, error %v", b.Raised(), err)
	}
	b.Raise()
	if !b.Raised() {
		t.Error("it cannot be raised again")
	}
}
