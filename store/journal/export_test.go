package journal

import (
	"os"
)

// Inject has the writes and the syncs of j go through commit.
func (j *Local) Inject(write, sync func(commit func() error) error) {
	j.write = func(f *os.File, data []byte, at int64) error {
		return write(func() error { return writeAt(f, data, at) })
	}
	j.sync = func(f *os.File) error { return sync(func() error { return syncData(f) }) }
}

// SetSegmentSize sets the size after which a segment is closed.
func (j *Local) SetSegmentSize(n int64) { j.size = n }
