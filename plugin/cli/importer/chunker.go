package importer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/serverlog"
)

// chunkBytes is about how many bytes of lines a chunk has at most.
const chunkBytes = 4 << 20

// chunker divides a log into chunks.
type chunker struct {
	*logfile.Source
	dialect *logformat.Dialect
	// from is where the next chunk begins; carried are requests of it that have been
	// read.
	from       int64
	carried    []record.Request
	unreadable logfile.Unreadable
}

// next returns the next chunk, without its ID. It has at least one request unless the
// log has ended, which the error reports: io.EOF, or why reading failed. The chunk has
// what was read before that.
//
// Lines without requests go into the chunk of a later request, never into one of their
// own: after a wrong --format nothing counts as imported.
func (c *chunker) next(ctx context.Context) (service.ImportChunk, error) {
	chunk := service.ImportChunk{From: c.from, Requests: c.carried}
	c.carried = nil
	size, last := 0, boundary{}
	var err error
	for err == nil && len(chunk.Requests) < serverlog.MaxImportChunk && size < chunkBytes {
		if ctx.Err() != nil {
			return service.ImportChunk{}, ctx.Err()
		}
		here := c.boundary(chunk.Requests)
		var r record.Request
		var n int
		if r, n, err = c.request(); n > 0 {
			if here.requests > 0 && r.Time.Before(chunk.Requests[here.requests-1].Time) {
				last = here
			}
			chunk.Requests = append(chunk.Requests, r)
			size += n
		}
	}
	chunk.End = c.Checkpoint()
	if err == nil && last.requests > 0 {
		c.carried = slices.Clone(chunk.Requests[last.requests:])
		chunk.Requests, chunk.End = chunk.Requests[:last.requests], last.end
	}
	if len(chunk.Requests) > 0 {
		c.from = chunk.End.Bytes
		oldestFirst(chunk.Requests)
	}
	return chunk, err
}

// boundary is where a chunk may end: after so many of its requests.
type boundary struct {
	requests int
	end      serverlog.ImportCheckpoint
}

// boundary returns the current position as the end of a chunk of requests whose newest
// come first; none for others. Such a chunk is reversed, so it must end where the time
// changes: the requests of the next chunk get later places in the log.
func (c *chunker) boundary(requests []record.Request) boundary {
	n := len(requests)
	if n == 0 || requests[n-1].Time.After(requests[0].Time) {
		return boundary{}
	}
	return boundary{n, c.Checkpoint()}
}

// request reads one line, and its request unless n is 0.
func (c *chunker) request() (r record.Request, n int, err error) {
	number := c.Lines() + 1
	line, err := c.Next()
	if errors.Is(err, logfile.ErrLongLine) {
		c.unreadable.Add(c.Source, number, err)
		return r, 0, nil
	}
	if err != nil {
		return r, 0, err
	}
	if len(bytes.TrimSpace(line)) == 0 {
		c.Take(line)
		return r, 0, nil
	}
	r, invalid := c.dialect.Parse(line)
	if invalid != nil {
		c.unreadable.Add(c.Source, number, invalid)
		if line[len(line)-1] == c.EOL() {
			c.Take(line)
			return r, 0, nil
		}
		// It may be half of a line that is still being written. It is not taken, so
		// that it is read again when there is more.
		return r, 0, io.EOF
	}
	c.Take(line)
	r.Instance = "" // the instance whose log it was
	return r, len(line), nil
}

// oldestFirst reverses requests whose newest come first, as in our exports, so that
// requests of the same time keep their order in lists.
func oldestFirst(requests []record.Request) {
	if requests[len(requests)-1].Time.Before(requests[0].Time) {
		slices.Reverse(requests)
	}
}
