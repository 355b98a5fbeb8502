package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// whole writes the list without a limit, newest first, in one go: page by page
// the log would be searched thousands of times.
func (l listing[T]) whole(ctx context.Context, b books, params url.Values, _ int, out *logformat.Writer) error {
	write := func(some ...T) error {
		if err := l.write(out, some...); err != nil {
			return fmt.Errorf("writing the list: %w", err)
		}
		return nil
	}
	if err := l.all(b, ctx, params, write); err != nil {
		return asFlag(err, l.filters)
	}
	return errors.Join(write(), out.Flush()) // a list without records has a head
}

// batch gathers records that come one by one, so that they are written many at
// a time.
type batch struct {
	waiting []record.Request
	write   func(...record.Request) error
}

func (b *batch) add(r record.Request) error {
	if b.waiting = append(b.waiting, r); len(b.waiting) < query.MaxLimit {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	if len(b.waiting) == 0 {
		return nil
	}
	err := b.write(b.waiting...)
	b.waiting = b.waiting[:0]
	return err
}

func (s *server) allRequests(ctx context.Context, params url.Values, write func(...record.Request) error) error {
	export, err := s.stream(ctx, "requests.ndjson", params)
	if err != nil {
		return err
	}
	defer export.Close()
	some := batch{write: write}
	for records := json.NewDecoder(export); ; {
		var r record.Request
		switch err := records.Decode(&r); {
		case errors.Is(err, io.EOF):
			return some.flush()
		case errors.Is(err, io.ErrUnexpectedEOF):
			return errors.Join(some.flush(), errBrokenOff)
		case err != nil:
			return fmt.Errorf("reading the export: %w", err)
		}
		if err := some.add(r); err != nil {
			return err
		}
	}
}

// errBrokenOff says that an export ended in the middle, which is how a server
// tells that it cannot be finished.
var errBrokenOff = errors.New("the server broke the export off, and what came is not all; its own log says why")

func (d *directory) allRequests(ctx context.Context, params url.Values, write func(...record.Request) error) error {
	q, err := query.ParseRequests(params, time.Now(), d.location())
	if err != nil {
		return err
	}
	some := batch{write: write}
	err = d.logs.EachRequest(ctx, q, func(r *record.Request) error { return some.add(r.Clone()) })
	return errors.Join(err, some.flush())
}
