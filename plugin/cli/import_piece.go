package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog"
)

const (
	// pieceBytes is about how many bytes of lines a piece has at most.
	pieceBytes = 4 << 20
	// shownComplaints is how many unreadable lines of a log are shown.
	shownComplaints = 10
)

// piece is a part of a log, with the requests in it.
type piece struct {
	from     int64
	end      serverlog.ImportCheckpoint
	requests []record.Request
}

// cutter cuts a log into pieces.
type cutter struct {
	*source
	format logformat.Format
	// from is where the next piece begins; carried are requests of it that have
	// been read already.
	from    int64
	carried []record.Request
	// unread counts the lines that could not be read. The first are told to
	// complaints, after clear.
	unread     int
	complaints io.Writer
	clear      func()
}

// next is the next piece. It has at least one request unless the log has
// ended, of which the error tells: io.EOF, or why reading failed. What was read
// before that is in the piece.
//
// Lines without requests go into the piece of a later request, and never into
// one of their own: after the wrong --format nothing is taken for imported.
func (c *cutter) next(ctx context.Context) (piece, error) {
	p := piece{from: c.from, requests: c.carried}
	c.carried = nil
	size, older := 0, edge{}
	var err error
	for err == nil && len(p.requests) < serverlog.MaxImportChunk && size < pieceBytes {
		if ctx.Err() != nil {
			return piece{}, ctx.Err()
		}
		before := c.edge(&p)
		var r record.Request
		var n int
		if r, n, err = c.request(); n > 0 {
			if before.requests > 0 && r.Time.Before(p.requests[before.requests-1].Time) {
				older = before
			}
			p.requests = append(p.requests, r)
			size += n
		}
	}
	p.end = c.mark()
	if err == nil && older.requests > 0 {
		c.carried = slices.Clone(p.requests[older.requests:])
		p.requests, p.end = p.requests[:older.requests], older.mark
	}
	if len(p.requests) > 0 {
		c.from = p.end.Bytes
		oldestFirst(p.requests)
	}
	return p, err
}

// edge is where a piece may end: after so many of its requests.
type edge struct {
	requests int
	mark     serverlog.ImportCheckpoint
}

// edge is the place reached in a piece that stands newest first. Such a piece is
// turned around, so it must end where a moment does: the next one's requests get
// later places in the log than all of this.
func (c *cutter) edge(p *piece) edge {
	n := len(p.requests)
	if n == 0 || p.requests[n-1].Time.After(p.requests[0].Time) {
		return edge{}
	}
	return edge{n, c.mark()}
}

// request reads one line, and its request unless n is 0.
func (c *cutter) request() (r record.Request, n int, err error) {
	number := c.lines + 1
	line, err := c.source.next()
	if errors.Is(err, errLongLine) {
		c.complain(number, err)
		return r, 0, nil
	}
	if err != nil {
		return r, 0, err
	}
	if len(bytes.TrimSpace(line)) == 0 {
		c.take(line)
		return r, 0, nil
	}
	r, wrong := logformat.Parse(c.format, line)
	if wrong != nil {
		c.complain(number, wrong)
		if line[len(line)-1] == '\n' {
			c.take(line)
			return r, 0, nil
		}
		// It may be half of a line that is still being written: not taken, it
		// is read again when there is more.
		return r, 0, io.EOF
	}
	c.take(line)
	r.Instance = "" // whose log it was: now it is this one's
	return r, len(line), nil
}

func (c *cutter) complain(line int, reason error) {
	c.unread++
	if c.unread <= shownComplaints {
		c.clear()
		fmt.Fprintf(c.complaints, "%s:%d: %v\n", c.name, line, reason)
	}
}

// oldestFirst turns around what stands newest first, as our exports do, so that
// requests of one moment keep their order when they are listed.
func oldestFirst(requests []record.Request) {
	if requests[len(requests)-1].Time.Before(requests[0].Time) {
		slices.Reverse(requests)
	}
}
