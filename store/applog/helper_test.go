package applog

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// openTestLog opens the log in dir and closes it when the test ends.
func openTestLog(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	a, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(time.Minute)
	for !cond() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited a minute for: %s", what)
		}
	}
}

func mustAppend(t *testing.T, a *Log, events ...record.Event) []Appended {
	t.Helper()
	out, err := a.AppendEach(context.Background(), events)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mustWrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// update changes the database behind the log's back, but for what it has in memory.
func update(a *Log, f func(*badger.Txn) error) error {
	if err := a.backlog.barrier(context.Background()); err != nil {
		return err
	}
	a.rewriting.Lock() // a block in the making would bring back what f removes
	defer a.rewriting.Unlock()
	return a.do(context.Background(), func() error {
		err := a.db.Update(f)
		_ = a.loadTail() // f may have left something that cannot be read
		return err
	})
}

// openHeld opens a log whose follower stands still until release is called.
func openHeld(t testing.TB, dir string, o Options) (a *Log, release func()) {
	t.Helper()
	a, err := newAppLog(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan struct{})
	open := false
	release = func() {
		if !open {
			close(held)
		}
		open = true
	}
	a.applyTxn = func(txn *badger.Txn) error {
		<-held
		return txn.Commit()
	}
	a.backlog.maxKept = 20_000 // most of it is read from the journal again
	a.start()
	t.Cleanup(func() {
		release()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, release
}
