//go:build !unix || solaris || illumos || aix

package store

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// openLocked returns nil when another process holds the lock. Windows does not
// remove a file that is open, so what can be removed was left behind; other
// systems without flock have no protection here, Badger's own apart.
func openLocked(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		if runtime.GOOS == "windows" {
			return nil, nil
		}
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, nil
	}
	return f, err
}
