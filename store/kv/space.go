package kv

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// DefaultMinFree is how many bytes must be free on the disk for anything to be
// written. Badger maps its files, and a page that the disk cannot back kills
// the process (badger #1682), so writing has to stop before the disk is full.
const DefaultMinFree = 64 << 20

// Space watches the disk that holds a log.
type Space struct {
	Dir     string
	Minimum uint64
	// Free is FreeBytes unless a test replaces it.
	Free func(dir string) (uint64, error)
}

// Check returns an ErrDiskFull when too little is left to write safely.
func (s *Space) Check() error {
	free, err := s.Free(s.Dir)
	if err != nil {
		return fmt.Errorf("asking for free space in %s: %w", s.Dir, err)
	}
	if free < s.Minimum {
		return fmt.Errorf("%w: %d MiB free in %s, %d MiB needed; free some space", ErrDiskFull, free>>20, s.Dir, s.Minimum>>20)
	}
	return nil
}

// UsedBytes is what the files under dir take on the disk, holes not counted
// where the system tells. Files that vanish meanwhile count as nothing.
func UsedBytes(dir string) (int64, error) {
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
