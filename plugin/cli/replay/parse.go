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

// part is a part of a log. It is used again for a later one.
type part struct {
	text []byte
	ends []int
	// first is the number of its first line.
	first int
	// parsed tells that what follows is complete.
	parsed     chan struct{}
	entries    []logformat.Entry
	unreadable []unreadableLine
}

type unreadableLine struct {
	line   int
	reason error
}

// parseAll parses a log on all processors, and calls use with its parts in the order
// of the log. A part is valid until use returns.
func parseAll(ctx context.Context, s *logfile.Source, d *logformat.Dialect, use func(*part) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := runtime.GOMAXPROCS(0)
	work := make(chan *part)
	ordered := make(chan *part, 2*workers)
	for range workers {
		go func() {
			for l := range work {
				l.parse(d)
				l.parsed <- struct{}{}
			}
		}()
	}
	used := make(chan *part, 2*workers)
	ended := make(chan error, 1)
	go func() {
		defer close(work)
		defer close(ordered)
		ended <- readParts(ctx, s, used, work, ordered)
	}()
	var failed error
	for l := range ordered {
		<-l.parsed
		if failed == nil {
			if failed = use(l); failed != nil {
				stop()
			}
		}
		select {
		case used <- l:
		default:
		}
	}
	return errors.Join(failed, <-ended)
}

// readParts divides a log into parts, and sends each to the workers and, in
// order, to the reader of the results. Parts come back when they were used.
func readParts(ctx context.Context, s *logfile.Source, used <-chan *part, work, ordered chan<- *part) error {
	for {
		var l *part
		select {
		case l = <-used:
		default:
			l = &part{parsed: make(chan struct{}, 1)}
		}
		err := l.read(s)
		if len(l.ends) > 0 || len(l.unreadable) > 0 {
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

// read reads the next lines.
func (l *part) read(s *logfile.Source) error {
	l.text, l.ends, l.unreadable = l.text[:0], l.ends[:0], l.unreadable[:0]
	l.first = s.Lines() + 1
	for len(l.ends) < partLines && len(l.text) < partBytes {
		line, err := s.Next()
		if errors.Is(err, logfile.ErrLongLine) {
			l.unreadable = append(l.unreadable, unreadableLine{l.first + len(l.ends), err})
			if len(l.ends) > 0 {
				// The numbers of those after it would be wrong.
				return nil
			}
			l.first = s.Lines() + 1
			continue
		}
		if err != nil {
			return err
		}
		s.Count(line)
		l.text = append(l.text, line...)
		l.ends = append(l.ends, len(l.text))
	}
	return nil
}

// parse parses the lines.
func (l *part) parse(d *logformat.Dialect) {
	l.entries = l.entries[:0]
	start := 0
	for i, end := range l.ends {
		line := l.text[start:end]
		start = end
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		e, err := d.ParseEntry(line)
		if err != nil {
			l.unreadable = append(l.unreadable, unreadableLine{l.first + i, err})
			continue
		}
		l.entries = append(l.entries, e)
	}
	slices.SortStableFunc(l.unreadable, func(a, b unreadableLine) int { return a.line - b.line })
}
