package blocklist

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/gaissmai/bart"
)

// maxFile bounds the size of a file in bytes. A million prefixes have 20 MB.
const maxFile = 64 << 20

// file is a file as it was last seen.
type file struct {
	path  string
	table *bart.Lite  // what was last read without an error
	seen  os.FileInfo // nil: read it again
	err   error       // why what was seen is not in use
}

// reload reads the file again if it changed, and reports whether it has a new
// table, of at most limit prefixes.
func (f *file) reload(limit int) bool {
	info, err := os.Stat(f.path)
	if err != nil {
		f.seen, f.err = nil, explain(f.path, err)
		return false
	}
	if f.seen != nil && same(f.seen, info) {
		return false
	}
	table, info, err := load(f.path, limit)
	if err == nil && info.Size() == 0 && f.table.Size() > 0 {
		// A download that fails leaves an empty file, and so does one that begins.
		err = fmt.Errorf("reading %s: the file is empty: download it again, or leave a comment in it if the list is to be empty", f.path)
	}
	f.seen, f.err = info, err
	if err != nil {
		return false
	}
	f.table = table
	return true
}

// load reads a file. info tells which state of the file that was; it is nil when
// no state can be told.
func load(path string, limit int) (table *bart.Lite, info os.FileInfo, err error) {
	// Opening a named pipe would wait for somebody to write.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, info, fmt.Errorf("reading %s: it is no regular file: give the path of a list", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, explain(path, err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, explain(path, err)
	}
	if info.Size() > maxFile {
		return nil, info, fmt.Errorf("reading %s: the file is larger than %d MiB: give a shorter list", path, maxFile>>20)
	}
	table, err = parse(io.LimitReader(f, maxFile), limit)
	after, statErr := f.Stat()
	switch {
	case statErr != nil:
		return nil, nil, explain(path, statErr)
	case !same(info, after):
		return nil, nil, fmt.Errorf("reading %s: it changed while it was read: write it elsewhere and rename it", path)
	case err != nil:
		return nil, info, explain(path, err)
	}
	return table, info, nil
}

// same reports whether two states of a file have the same content.
func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// explain adds the path to an error, and what to do about those of the operating
// system.
func explain(path string, err error) error {
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
