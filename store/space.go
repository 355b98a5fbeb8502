package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// space watches the disk that holds a book.
type space struct {
	dir     string
	minimum uint64
	// free is freeBytes, or a test's word for it.
	free func(dir string) (uint64, error)
}

// check returns an ErrDiskFull when too little is left to write safely.
func (s *space) check() error {
	free, err := s.free(s.dir)
	if err != nil {
		return fmt.Errorf("asking for free space in %s: %w", s.dir, err)
	}
	if free < s.minimum {
		return fmt.Errorf("%w: %d MiB free in %s, %d MiB needed; free some space", ErrDiskFull, free>>20, s.dir, s.minimum>>20)
	}
	return nil
}

// usedBytes is what the files under dir take on the disk, holes not counted
// where the system tells. Files that vanish meanwhile count as nothing.
func usedBytes(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				sum += allocated(info)
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return sum, err
}
