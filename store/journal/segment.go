package journal

import (
	"errors"
	"fmt"
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

// readSegment calls each for every whole record of a segment, in order. The file is
// read up to limit; a negative limit says to its end.
func readSegment(path string, limit int64, each func(Batch) error) (s segment, err error) {
	s = segment{path: path}
	if s.next, err = firstOf(path); err != nil {
		return s, fmt.Errorf("reading %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("reading the journal: %w", err)
	}
	if limit >= 0 && int64(len(data)) > limit {
		data = data[:limit]
	}
	for at := 0; at < len(data); {
		b, size, err := parseRecord(data[at:])
		if err == nil && b.First < s.next {
			err = errRecord // numbers only grow
		}
		if errors.Is(err, errRecord) {
			skip, ok := findRecord(data[at:], s.next)
			if !ok {
				s.torn = int64(len(data) - at)
				break
			}
			s.damaged += int64(skip)
			at += skip
			continue
		}
		if err == nil {
			err = each(b)
		}
		if err != nil {
			return s, fmt.Errorf("reading %s: %w", path, err)
		}
		s.next = b.First + uint64(b.Count)
		at += size
		s.end = int64(at)
	}
	return s, nil
}
