package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"

	"github.com/gatebook/gatebook/logformat"
)

// replayLines is how many lines are parsed at a time.
const replayLines = 512

// parsed is a part of a log.
type parsed struct {
	entries    []logformat.Entry
	complaints []complaint
}

type complaint struct {
	line   int
	reason error
}

// lot is a part of a log that is to be parsed, and where its result goes.
type lot struct {
	text []byte
	ends []int
	// first is the number of its first line.
	first int
	// tooLong are lines that were passed over.
	tooLong []complaint
	result  chan *parsed
}

// parseAll parses a log on all processors, and gives its parts to use in the
// order of the log.
func parseAll(ctx context.Context, s *source, format logformat.Format, use func(*parsed) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := runtime.GOMAXPROCS(0)
	work := make(chan *lot)
	ordered := make(chan *lot, 2*workers)
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
		ended <- readLots(ctx, s, work, ordered)
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

// readLots cuts a log into lots, and gives each to the workers and to who waits
// for results in order.
func readLots(ctx context.Context, s *source, work, ordered chan<- *lot) error {
	for {
		l, err := readLot(s)
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

func readLot(s *source) (*lot, error) {
	l := &lot{first: s.lines + 1, result: make(chan *parsed, 1)}
	for len(l.ends) < replayLines && len(l.text) < pieceBytes {
		line, err := s.next()
		if errors.Is(err, errLongLine) {
			l.tooLong = append(l.tooLong, complaint{l.first + len(l.ends), err})
			if len(l.ends) > 0 {
				// The numbers of those after it would be wrong.
				return l, nil
			}
			l.first = s.lines + 1
			continue
		}
		if err != nil {
			return l, err
		}
		s.count(line)
		l.text = append(l.text, line...)
		l.ends = append(l.ends, len(l.text))
	}
	return l, nil
}

func (l *lot) parse(format logformat.Format) *parsed {
	p := &parsed{entries: make([]logformat.Entry, 0, len(l.ends)), complaints: l.tooLong}
	start := 0
	for i, end := range l.ends {
		line := l.text[start:end]
		start = end
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		e, err := logformat.ParseEntry(format, line)
		if err != nil {
			p.complaints = append(p.complaints, complaint{l.first + i, err})
			continue
		}
		p.entries = append(p.entries, e)
	}
	slices.SortStableFunc(p.complaints, func(a, b complaint) int { return a.line - b.line })
	return p
}
