package logs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gatebook/gatebook/store"
)

// During a reload the logs of the former configuration serve for the new one, also if
// that fails to start.
func TestRefReload(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	before, after := NewRef(dir), NewRef(dir)
	must(t, before.Open(testOptions(""), testConfig(30)))
	l := before.Logs()
	if after.Logs() != nil || after.Wait() != l {
		t.Error("a request to the new server does not find the open logs")
	}
	must(t, after.Close()) // without having been opened
	if after.Wait() != l {
		t.Error("a request to the failed server does not find the open logs")
	}
	must(t, before.Close())
	if !isClosed(l) {
		t.Error("the logs are still open")
	}
}

// Requests wait for logs that are being opened.
func TestRefWait(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	opened, failed := NewRef(dir), NewRef(filepath.Join(t.TempDir(), "other"))
	got := make(chan *Logs)
	wait := func(r *Ref) { got <- r.Wait() }
	go wait(opened)
	must(t, opened.Open(testOptions(""), testConfig(30)))
	if l := <-got; l == nil || l != opened.Logs() {
		t.Error("the request did not get the logs")
	}
	go wait(failed)
	must(t, failed.Close())
	if l := <-got; l != nil {
		t.Error("the request got logs that were not opened")
	}
	must(t, opened.Close())
}

// However a directory is reached, its logs are opened once.
func TestRefSymlink(t *testing.T) {
	parent := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(parent, link))
	a, b := NewRef(filepath.Join(parent, "acme")), NewRef(filepath.Join(link, "acme"))
	must(t, a.Open(testOptions(""), testConfig(30)))
	must(t, b.Open(testOptions(""), testConfig(30)))
	if a.Logs() != b.Logs() {
		t.Error("two logs in one directory")
	}
	must(t, a.Close())
	must(t, b.Close())
	if err := NewRef(filepath.Join(parent, "none", "acme")).Open(testOptions(""), testConfig(30)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory without a parent: %v", err)
	}
}

// A directory that is another instance's is refused, also while it is open.
func TestRefOtherInstance(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	a, b := NewRef(dir), NewRef(dir)
	must(t, a.Open(testOptions(""), testConfig(30)))
	o := testOptions("")
	o.Instance = "other"
	if err := b.Open(o, testConfig(30)); !errors.Is(err, store.ErrOtherInstance) {
		t.Errorf("got %v", err)
	}
	must(t, b.Close())
	must(t, a.Close())
}
