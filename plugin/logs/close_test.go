package logs

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/gatebook/gatebook/store"
)

// Requests that are in flight when the process exits are interrupted; otherwise they
// continue.
func TestCloseInterruptsAtExit(t *testing.T) {
	for _, exiting := range []bool{false, true} {
		o := testOptions(filepath.Join(t.TempDir(), "acme"))
		o.Exiting = func() bool { return exiting }
		deferred := 0
		o.Defer = func(f func() error) error {
			deferred++
			return f()
		}
		r := newRegistry()
		l, err := r.acquire(o)
		must(t, err)
		stuck := new(request)
		l.InFlight.Enter(stuck, &stuck.place)
		must(t, r.release(l))
		if interrupted := stuck.interrupted > 0; interrupted != exiting || deferred != 1 {
			t.Errorf("exiting %v: interrupted %d times, deferred %d times", exiting, stuck.interrupted, deferred)
		}
		if _, err := l.Retain(context.Background(), false); err == nil {
			t.Error("retention of closed logs ran")
		}
		s, err := store.Open(o.Dir, store.Options{})
		must(t, err)
		must(t, s.Close())
	}
}
