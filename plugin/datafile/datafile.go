// Package datafile opens files that others write, such as block lists and GeoIP files,
// and that are read again when they change. Its errors say what to do.
package datafile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Limits are what a file must keep to. Their words say what to do about one that does
// not.
type Limits struct {
	// Size is how many bytes it may have. Smaller is what to give instead of a larger
	// file, Wanted what to give instead of a folder or a pipe.
	Size            int64
	Smaller, Wanted string
}

// Open opens a regular file. info tells which state of the file that is, also with some
// errors; it is nil where no state can be told, and the file is to be opened again.
func Open(path string, l Limits) (f *os.File, info os.FileInfo, err error) {
	// Opening a named pipe would wait for somebody to write.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, info, fmt.Errorf("reading %s: it is no regular file: give the path of %s", path, l.Wanted)
	}
	if f, err = os.Open(path); err != nil {
		return nil, nil, Explain(path, err)
	}
	if info, err = f.Stat(); err != nil {
		_ = f.Close() // nothing was written
		return nil, nil, Explain(path, err)
	}
	if info.Size() > l.Size {
		_ = f.Close()
		return nil, info, fmt.Errorf("reading %s: the file is larger than %d MiB: give %s", path, l.Size>>20, l.Smaller)
	}
	return f, info, nil
}

// Same reports whether two states of a file have the same content.
func Same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// Explain adds the path to an error, and what to do about those of the operating
// system.
func Explain(path string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		remedy = ": check the path, or put the file there"
	case errors.Is(err, fs.ErrPermission):
		remedy = ": let the user that runs Gatebook read it"
	}
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err // names the path again
	}
	return fmt.Errorf("reading %s: %w%s", path, err, remedy)
}
