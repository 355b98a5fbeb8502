package replay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
)

// A part of a log has so many lines, and about so many bytes, at most.
const (
	partLines = 512
	partBytes = 4 << 20
)

// parsed is a part of a log after parsing.
type parsed struct {
	entries    []logformat.Entry
	unreadable []unreadableLine
}

type unreadableLine struct {
	line   int
	reason error
}

// part is a part of a log that is to be parsed.
type part struct {
	text []byte
	ends []int
	// first is the number of its first line.
	first int
	// tooLong are lines that were skipped.
	tooLong []unreadableLine
	result  chan *parsed
}

// parseAll parses a log on all processors, and calls use with its parts in the order
// of the log.
func parseAll(ctx context.Context, s *logfile.Source, format logformat.Format, use func(*parsed) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := runtime.GOMAXPROCS(0)
	work := make(chan *part)
	ordered := make(chan *part, 2*workers)
	for range workers {
		go func() {
			for l := range work {
				l.result <- l.parse(format)
			}
		}()
	}
	ended := make(chan error, 1)
	go func() {
		defer close(work)
		defer close(ordered)
		ended <- readParts(ctx, s, work, ordered)
	}()
	var failed error
	for l := range ordered {
		p := <-l.result
		if failed == nil {
			if failed = use(p); failed != nil {
				stop()
			}
		}
	}
	return errors.Join(failed, <-ended)
}

// readParts divides a log into parts, and sends each to the workers and, in
// order, to the reader of the results.
func readParts(ctx context.Context, s *logfile.Source, work, ordered chan<- *part) error {
	for {
		l, err := readPart(s)
		if len(l.ends) > 0 || len(l.tooLong) > 0 {
			select {
			case work <- l:
				ordered <- l
			case <-ctx.Done():
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func readPart(s *logfile.Source) (*part, error) {
	l := &part{first: s.Lines() + 1, result: make(chan *parsed, 1)}
	for len(l.ends) < partLines && len(l.text) < partBytes {
		line, err := s.Next()
		if errors.Is(err, logfile.ErrLongLine) {
			l.tooLong = append(l.tooLong, unreadableLine{l.first + len(l.ends), err})
			if len(l.ends) > 0 {
				// The numbers of those after it would be wrong.
				return l, nil
			}
			l.first = s.Lines() + 1
			continue
		}
		if err != nil {
			return l, err
		}
		s.Count(line)
		l.text = append(l.text, line...)
		l.ends = append(l.ends, len(l.text))
	}
	return l, nil
}

func (l *part) parse(format logformat.Format) *parsed {
	p := &parsed{entries: make([]logformat.Entry, 0, len(l.ends)), unreadable: l.tooLong}
	start := 0
	for i, end := range l.ends {
		line := l.text[start:end]
		start = end
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		e, err := logformat.ParseEntry(format, line)
		if err != nil {
			p.unreadable = append(p.unreadable, unreadableLine{l.first + i, err})
			continue
		}
		p.entries = append(p.entries, e)
	}
	slices.SortStableFunc(p.unreadable, func(a, b unreadableLine) int { return a.line - b.line })
	return p
}
