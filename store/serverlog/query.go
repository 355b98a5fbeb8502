package serverlog

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
)

// Requests returns the newest requests that q asks for, the newest first, and
// a cursor for those after them; it is "" when there are none. Following it,
// nothing is skipped and nothing repeated while requests arrive. Everything
// recorded before the call is found, unless the log cannot be written just now.
// A page holds q.Limit requests, at most [query.MaxLimit], with 0
// [query.DefaultLimit], and fewer where they are very long. Times are in UTC. A wrong cursor is a
// [*record.ParamError].
func (l *Log) Requests(ctx context.Context, q query.Requests) (page []record.Request, next string, err error) {
	below := afterAll
	if q.Cursor != "" {
		if below, err = parseRowID(q.Cursor); err != nil {
			return nil, "", err
		}
	}
	limit := q.Limit
	if limit < 1 {
		limit = query.DefaultLimit
	}
	limit = min(limit, query.MaxLimit)
	if err := l.flushToRead(ctx); err != nil {
		return nil, "", err
	}
	found, cut, err := l.search(ctx, &q, below, limit+1, nil) // one more shows whether there are more
	if err != nil {
		return nil, "", err
	}
	if len(found) > limit || cut {
		found = found[:min(len(found), limit)]
		next = found[len(found)-1].at.cursor()
	}
	page = make([]record.Request, len(found))
	for i, f := range found {
		page[i] = *f.request
	}
	return page, next, nil
}

// flushToRead fails when there is nothing to read or nobody to read it. What else
// may fail in a flush shows in Health; what is on the disk can be read.
func (l *Log) flushToRead(ctx context.Context) error {
	if err := l.Flush(ctx); errors.Is(err, kv.ErrClosed) || ctx.Err() != nil {
		return err
	}
	return nil
}

// search returns a page. open, which may be nil, passes blocks on from one page to
// the next.
func (l *Log) search(ctx context.Context, q *query.Requests, below rowID, most int, open *openBlocks) (found []found, cut bool, err error) {
	err = l.read(func(list catalogue, values *blockValues) error {
		s := l.newSearch(q, list, values)
		if open != nil {
			s.open = *open
		}
		found, err = s.page(ctx, below, most)
		cut = s.cut
		if open != nil {
			*open = s.open
		}
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("reading the server log: %w", err)
	}
	return found, cut, nil
}

// Each calls yield for every request that q asks for, newest first, until yield
// returns an error, which Each returns. It ignores q.Limit and q.Cursor. Its memory
// does not depend on how much is found.
func (l *Log) Each(ctx context.Context, q query.Requests, yield func(*record.Request) error) error {
	if err := l.flushToRead(ctx); err != nil {
		return err
	}
	var open openBlocks
	for below := afterAll; ; {
		page, cut, err := l.search(ctx, &q, below, eachPage, &open)
		if err != nil {
			return err
		}
		for i := range page {
			if err := yield(page[i].request); err != nil {
				return err
			}
		}
		if len(page) < eachPage && !cut {
			return nil
		}
		below = page[len(page)-1].at
	}
}

// eachPage is how many requests Each holds at a time. A page opens the blocks
// that it lies in, so it should not be small; what is open keeps deleted values on
// the disk, so it ends with the page.
const eachPage = 8192
