package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const suffix = ".journal"

// segment is a file of records.
type segment struct {
	path string
	// next is the number after its last event, or of its first one where it has none.
	next uint64
	// end is where its last whole record ends.
	end int64
	// damaged is how many bytes before end are no records.
	damaged int64
	// torn is how many bytes come after end.
	torn int64
}

func segmentPath(dir string, first uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", first, suffix))
}

// segmentAt is the segment of a path, of which nothing was read yet.
func segmentAt(path string) (segment, error) {
	first, err := firstOf(path)
	if err != nil {
		return segment{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return segment{path: path, next: first}, nil
}

// segmentPaths lists the segments in dir, oldest first.
func segmentPaths(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if _, err := firstOf(e.Name()); err == nil {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(paths)
	return paths, nil
}

// firstOf is the number that a segment is named by.
func firstOf(path string) (uint64, error) {
	name, ok := strings.CutSuffix(filepath.Base(path), suffix)
	if !ok || len(name) != 20 {
		return 0, errors.New("no segment")
	}
	return strconv.ParseUint(name, 10, 64)
}

// window is a part of a segment in memory. What was read of it moves forward.
type window struct {
	file *os.File
	// at is where data begins in the file, and limit is where reading ends.
	at, limit int64
	data      []byte
}

// windowSize is how much of a segment is read at a time.
const windowSize = 256 << 10

// fill makes data at least n bytes long, or all there is up to limit.
func (w *window) fill(n int64) error {
	n = min(max(n, windowSize), w.limit-w.at)
	have := len(w.data)
	if int64(have) >= n {
		return nil
	}
	data := make([]byte, n)
	copy(data, w.data)
	read, err := w.file.ReadAt(data[have:], w.at+int64(have))
	w.data = data[:have+read]
	if errors.Is(err, io.EOF) { // the file is shorter than it was
		w.limit, err = w.at+int64(len(w.data)), nil
	}
	return err
}

// whole reports whether data reaches to the limit.
func (w *window) whole() bool { return w.at+int64(len(w.data)) >= w.limit }

// skip moves the window forward.
func (w *window) skip(n int) {
	w.at += int64(n)
	w.data = w.data[n:]
}

// parse is [parseRecord] at the start of the window, which it fills as far as the
// record needs.
func (w *window) parse() (b Batch, size int, err error) {
	for {
		b, size, err = parseRecord(w.data)
		if !errors.Is(err, errRecord) || w.whole() {
			return b, size, err
		}
		needed := recordSize(w.data)
		if needed <= int64(len(w.data)) { // it is damaged
			return b, size, err
		}
		if err := w.fill(needed); err != nil {
			return Batch{}, 0, err
		}
	}
}

// readSegment calls each for every whole record of s from the offset s.end on, whose
// number is at least s.next, in order. It reads up to limit; a negative limit says to
// the end of the file. The result says how far it came.
func readSegment(s segment, limit int64, each func(Batch) error) (segment, error) {
	s.damaged, s.torn = 0, 0
	f, err := os.Open(s.path)
	if err != nil {
		return s, fmt.Errorf("reading the journal: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		if limit < 0 || limit > info.Size() {
			limit = info.Size()
		}
		err = s.read(&window{file: f, at: s.end, limit: limit}, each)
	}
	if err != nil {
		return s, fmt.Errorf("reading %s: %w", s.path, err)
	}
	return s, nil
}

func (s *segment) read(w *window, each func(Batch) error) error {
	for w.at < w.limit {
		b, size, err := w.parse()
		if err == nil && b.First < s.next {
			err = errRecord // numbers only grow
		}
		if errors.Is(err, errRecord) {
			if err := w.fill(w.limit - w.at); err != nil {
				return err
			}
			skip, ok := findRecord(w.data, s.next)
			if !ok {
				s.torn = w.limit - w.at
				return nil
			}
			s.damaged += int64(skip)
			w.skip(skip)
			continue
		}
		if err == nil {
			err = each(b)
		}
		if err != nil {
			return err
		}
		s.next = b.First + uint64(b.Count)
		w.skip(size)
		s.end = w.at
	}
	return nil
}
