package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gatebook/gatebook/store/kv"
)

// DefaultSegmentSize is the size after which a segment is closed.
const DefaultSegmentSize = 8 << 20

// Local is a journal in a directory of its own, which one process has open.
type Local struct {
	dir  string
	size int64
	// write and sync are those of the system, or a test's way to have them go wrong.
	write func(f *os.File, data []byte, at int64) error
	sync  func(f *os.File) error

	mu sync.Mutex
	// closed are the segments that get no more records, oldest first.
	closed []segment
	// active gets the next record; it has no file before the first one.
	active segment
	file   *os.File
	// failed says that an append failed: what is after the end of the active
	// segment is unknown and has to go before anything is read or appended.
	failed bool
	buf    []byte
	done   bool
	// place is how far the last call of Follow came in a segment.
	place segment
}

// Open opens or creates a journal in dir. What a crash left of an unfinished append
// is cut off. Damage before whole records is reported, and what is whole stays.
func Open(dir string, log *slog.Logger) (*Local, error) {
	j := &Local{dir: dir, size: DefaultSegmentSize, write: writeAt, sync: syncData}
	if err := j.open(log); err != nil {
		return nil, fmt.Errorf("opening the journal %s: %w", dir, err)
	}
	return j, nil
}

func (j *Local) open(log *slog.Logger) error {
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return err
	}
	if err := kv.SyncDir(filepath.Dir(j.dir)); err != nil {
		return err
	}
	paths, err := segmentPaths(j.dir)
	if err != nil {
		return err
	}
	next := uint64(0)
	for i, path := range paths {
		s, err := segmentAt(path)
		if err == nil {
			s, err = readSegment(s, -1, func(Batch) error { return nil })
		}
		if err != nil {
			return err
		}
		// Only the last segment can end in an unfinished append.
		if last := i == len(paths)-1; s.torn > 0 && !last {
			s.damaged += s.torn
		} else if s.torn > 0 {
			if err := cut(path, s.end); err != nil {
				return err
			}
		}
		if s.damaged > 0 {
			log.Error("the journal of the application log is damaged; what can be read of it stays in use",
				"segment", path, "damaged_bytes", s.damaged)
		}
		next = max(next, s.next)
		j.closed = append(j.closed, s)
	}
	j.active.next = next
	return nil
}

// cut truncates a file to its whole records.
func cut(path string, end int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(end), f.Sync(), f.Close())
}

func writeAt(f *os.File, data []byte, at int64) error {
	_, err := f.WriteAt(data, at)
	return err
}

// Append implements [Journal].
func (j *Local) Append(_ context.Context, b Batch) error {
	if len(b.Payload) > MaxPayload {
		return fmt.Errorf("a batch of %d bytes is too large for the journal", len(b.Payload))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.append(b); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

func (j *Local) append(b Batch) error {
	if err := j.repair(); err != nil {
		return err
	}
	if b.First == 0 || b.First < j.active.next {
		return fmt.Errorf("batch %d comes after %d", b.First, j.active.next)
	}
	if j.active.end >= j.size {
		if err := j.rotate(); err != nil {
			return err
		}
	}
	if j.file == nil {
		if err := j.create(b.First); err != nil {
			return err
		}
	}
	j.buf = appendRecord(j.buf[:0], b)
	j.failed = true // until it has succeeded
	if err := j.write(j.file, j.buf, j.active.end); err != nil {
		return err
	}
	if err := j.sync(j.file); err != nil {
		return err
	}
	j.failed = false
	j.active.end += int64(len(j.buf))
	j.active.next = b.First + uint64(b.Count)
	if cap(j.buf) > 1<<20 {
		j.buf = nil
	}
	return nil
}

// create begins a segment. A file of its name holds no events, else the first number
// would be greater.
func (j *Local) create(first uint64) error {
	path := segmentPath(j.dir, first)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := kv.SyncDir(j.dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	if n := len(j.closed); n > 0 && j.closed[n-1].path == path {
		j.closed = j.closed[:n-1]
	}
	j.file, j.active = f, segment{path: path, next: first}
	return nil
}

// repair cuts off what a failed append left behind.
func (j *Local) repair() error {
	if j.done {
		return kv.ErrClosed
	}
	if !j.failed {
		return nil
	}
	if err := j.file.Truncate(j.active.end); err != nil {
		return fmt.Errorf("cutting off what was written in vain: %w", err)
	}
	if err := j.sync(j.file); err != nil {
		return err
	}
	j.failed = false
	return nil
}

// rotate closes the active segment.
func (j *Local) rotate() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	j.closed = append(j.closed, j.active)
	j.active = segment{next: j.active.next}
	return err
}

// Follow implements [Journal]. It finds its place at once if it goes on where it
// ended the last time.
func (j *Local) Follow(ctx context.Context, after uint64, apply func(Batch) error) error {
	j.mu.Lock()
	err := j.repair()
	segments := slices.Clone(j.closed)
	if j.file != nil {
		segments = append(segments, j.active)
	}
	place := j.place
	j.mu.Unlock()
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	for _, s := range segments {
		if s.next <= after+1 {
			continue
		}
		from, err := segmentAt(s.path)
		if err != nil {
			return err
		}
		if place.path == s.path && place.next <= after+1 {
			from = place
		}
		reached, err := readSegment(from, s.end, func(b Batch) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if b.Count == 0 || b.Last() <= after {
				return nil
			}
			return apply(b)
		})
		if reached.next > from.next { // a segment without events may be made again
			j.mu.Lock()
			j.place = reached
			j.mu.Unlock()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Rotate closes the active segment, so that [Local.Trim] can delete all that has been
// appended so far. It returns the number of the last event in the journal.
func (j *Local) Rotate() (last uint64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err = j.repair(); err == nil {
		err = j.rotate()
	}
	if err != nil {
		return 0, fmt.Errorf("closing a segment of the journal: %w", err)
	}
	return max(j.active.next, 1) - 1, nil
}

// Trim deletes the closed segments whose events are all at or before a number.
func (j *Local) Trim(last uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	trimmed := false
	for len(j.closed) > 0 && j.closed[0].next <= last+1 {
		if err := os.Remove(j.closed[0].path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("trimming the journal: %w", err)
		}
		j.closed = j.closed[1:]
		trimmed = true
	}
	if !trimmed {
		return nil
	}
	if err := kv.SyncDir(j.dir); err != nil {
		return fmt.Errorf("trimming the journal: %w", err)
	}
	return nil
}

// First is the number that the oldest segment begins with. No event before it is in
// the journal.
func (j *Local) First() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	path := j.active.path
	if len(j.closed) > 0 {
		path = j.closed[0].path
	}
	first, err := firstOf(path)
	if err != nil {
		return j.active.next // there is no segment
	}
	return first
}

// Next is the number after the last event that was ever seen in the journal, 0 for an
// empty one.
func (j *Local) Next() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.active.next
}

// Missing calls gap for the events that were appended after a number and cannot be
// read, from the first to the last of a row.
func (j *Local) Missing(ctx context.Context, after uint64, gap func(first, last uint64)) error {
	next := j.Next()
	err := j.Follow(ctx, after, func(b Batch) error {
		if b.First > after+1 {
			gap(after+1, b.First-1)
		}
		after = max(after, b.Last())
		return nil
	})
	if err == nil && next > after+1 {
		gap(after+1, next-1)
	}
	return err
}

// Close closes the files. What is in the journal stays there.
func (j *Local) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.done {
		return nil
	}
	j.done = true
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	if err != nil {
		return fmt.Errorf("closing the journal: %w", err)
	}
	return nil
}

// Interface guards
var _ Journal = (*Local)(nil)
