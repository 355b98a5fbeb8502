package logs

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/gatebook/gatebook/store"
)

func newRegistry() *registry { return &registry{used: map[string]*use{}} }

// The first configuration opens the logs of a directory, the last closes them.
func TestRegistry(t *testing.T) {
	r := newRegistry()
	o := testOptions(filepath.Join(t.TempDir(), "acme"))
	first, err := r.acquire(o)
	must(t, err)
	if second, err := r.acquire(o); err != nil || second != first || r.find(o.Dir) != first {
		t.Fatalf("the second configuration has other logs: %v", err)
	}
	other := o
	other.Instance = "other"
	if _, err := r.acquire(other); !errors.Is(err, store.ErrOtherInstance) {
		t.Errorf("another instance's logs: %v", err)
	}
	must(t, r.release(first))
	if isClosed(first) || r.find(o.Dir) != first {
		t.Fatal("closed while they are used")
	}
	must(t, r.release(first))
	if r.find(o.Dir) != nil || !isClosed(first) {
		t.Error("not closed after the last use")
	}
	again, err := r.acquire(o)
	must(t, err)
	if again == first {
		t.Error("closed logs are used again")
	}
	must(t, r.release(again))
}

func TestRegistryUnclosed(t *testing.T) {
	r := newRegistry()
	o := testOptions(filepath.Join(t.TempDir(), "acme"))
	l, err := r.acquire(o)
	must(t, err)
	delete(r.used, o.Dir)
	l.stop()
	r.open.Delete(o.Dir)
	r.unclosed.Store(o.Dir, l) // as when the disk is full
	other := o
	other.Instance = "other"
	if _, err := r.acquire(other); !errors.Is(err, store.ErrOtherInstance) {
		t.Errorf("another instance's logs: %v", err)
	}
	if r.find(o.Dir) != nil {
		t.Error("unclosed logs are found by requests")
	}
	again, err := r.acquire(o)
	must(t, err)
	if again != l || r.find(o.Dir) != l {
		t.Error("unclosed logs are not used again")
	}
	if r.unclosed.CompareAndDelete(o.Dir, l) {
		t.Error("logs in use may be closed")
	}
	must(t, r.release(again))
}

func TestRegistryOpenFails(t *testing.T) {
	r := newRegistry()
	o := testOptions(filepath.Join(t.TempDir(), "acme"))
	s, err := store.Open(o.Dir, store.Options{Instance: o.Instance})
	must(t, err)
	defer s.Close()
	if l, err := r.acquire(o); l != nil || !errors.Is(err, store.ErrInUse) {
		t.Errorf("got %v, %v", l, err)
	}
	if len(r.used) != 0 || r.find(o.Dir) != nil {
		t.Error("logs that failed to open are registered")
	}
}
