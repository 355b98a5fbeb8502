package blocklist

import (
	"fmt"
	"io"
	"os"

	"github.com/gaissmai/bart"

	"github.com/gatebook/gatebook/plugin/datafile"
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
		f.seen, f.err = nil, datafile.Explain(f.path, err)
		return false
	}
	if f.seen != nil && datafile.Same(f.seen, info) {
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
	f, info, err := datafile.Open(path, datafile.Limits{Size: maxFile, Smaller: "a shorter list", Wanted: "a list"})
	if err != nil {
		return nil, info, err
	}
	defer f.Close()
	table, err = parse(io.LimitReader(f, maxFile), limit)
	after, statErr := f.Stat()
	switch {
	case statErr != nil:
		return nil, nil, datafile.Explain(path, statErr)
	case !datafile.Same(info, after):
		return nil, nil, fmt.Errorf("reading %s: it changed while it was read: write it elsewhere and rename it", path)
	case err != nil:
		return nil, info, datafile.Explain(path, err)
	}
	return table, info, nil
}
