package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpenWithoutPermission(t *testing.T) {
	// Root may do everything, so this thread gives that up for its file
	// accesses. It is not unlocked: it ends with the test's goroutine.
	runtime.LockOSThread()
	if os.Geteuid() == 0 {
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	parent := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(parent, 0o700); err != nil {
		// The thread's user cannot write into root's temporary directory.
		parent = filepath.Dir(parent)
	} else if err := os.Chmod(parent, 0); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "store")
	_, err := Open(dir, Options{})
	if !errors.Is(err, fs.ErrPermission) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "give the directory to the user that runs Gatebook") {
		t.Errorf("got %q", err)
	}
}
