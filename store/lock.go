package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const lockName = "lock"

// lockDir makes dir this process's own until the file that it returns is
// closed. The file names the process for those who come later; it stays
// behind, and means nothing without the lock on it.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := openLocked(path)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, fmt.Errorf("%w: stop %s, or ask it with --address instead", ErrInUse, holder(path))
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	return f, nil
}

// holder names the process that holds the lock, as far as it is known.
func holder(path string) string {
	data, err := os.ReadFile(path)
	if pid := strings.TrimSpace(string(data)); err == nil && pid != "" {
		return "process " + pid
	}
	return "the other process"
}
