package serverlog

import (
	"context"
	"errors"
	"testing"
	"time"
)

// oldAndNew is a log of which one block is to be deleted.
func oldAndNew(t *testing.T, dir string, now time.Time) *Log {
	t.Helper()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet, Now: func() time.Time { return now }})
	for age, path := range map[time.Duration]string{40 * 24 * time.Hour: "/forgotten", time.Hour: "/new"} {
		r := numbered(0)
		r.Time, r.Path = now.Add(-age), path
		mustRecord(t, l, r)
		mustFlush(t, l)
	}
	return l
}

// Who reads what is being deleted holds up the run, so that it cannot keep it
// on the disk.
func TestRetainWaitsForReaders(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	l := oldAndNew(t, dir, now)
	reading, read := make(chan struct{}), make(chan struct{})
	go func() {
		_ = l.read(func(catalogue, *blockValues) error { close(reading); <-read; return nil })
	}()
	<-reading
	ran := make(chan error)
	go func() {
		_, err := l.Retain(context.Background(), Expiry{DeleteBefore: now.Add(-30 * 24 * time.Hour)})
		ran <- err
	}()
	until(t, "the old request is deleted", func() bool { return l.Health().Entries == 1 })
	close(read)
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	if found := holding(t, dir, []byte("/forgotten")); found != nil {
		t.Errorf("left on the disk: %q", found)
	}
}

// A run that was cut off before it gave the disk back is made up for by the
// next, which finds nothing to delete.
func TestRetainFreesWhatAnInterruptedRunDeleted(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	l := oldAndNew(t, dir, now)
	old := Expiry{DeleteBefore: now.Add(-30 * 24 * time.Hour)}
	reading, read := make(chan struct{}), make(chan struct{})
	go func() {
		_ = l.read(func(catalogue, *blockValues) error { close(reading); <-read; return nil })
	}()
	<-reading
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error)
	go func() { _, err := l.Retain(ctx, old); ran <- err }()
	until(t, "the old request is deleted", func() bool { return l.Health().Entries == 1 })
	cancel()
	if err := <-ran; !errors.Is(err, context.Canceled) {
		t.Fatalf("the run ended with %v", err)
	}
	if last, err := l.LastRetained(); err != nil || !last.IsZero() {
		t.Errorf("an interrupted run counts: %v, %v", last, err)
	}
	close(read)
	if done := mustRetain(t, l, old); done.Deleted != 0 {
		t.Errorf("done %+v", done)
	}
	if found := holding(t, dir, []byte("/forgotten")); found != nil {
		t.Errorf("left on the disk: %q", found)
	}
}
