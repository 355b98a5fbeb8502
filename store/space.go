package store

import "fmt"

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
