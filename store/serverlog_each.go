package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatebook/gatebook/record"
)

// eachPage is how many requests Each holds at a time.
const eachPage = 4096

// Each calls yield for every request that q asks for, newest first, until it
// returns an error, which Each returns. q.Limit and q.Cursor play no part. What
// arrives after the call is not found. The memory it takes does not depend on
// how much is found.
func (l *ServerLog) Each(ctx context.Context, q record.RequestQuery, yield func(*record.Request) error) error {
	if err := l.Flush(ctx); errors.Is(err, ErrClosed) || ctx.Err() != nil {
		return err
	}
	stopped := false
	err := l.read(func(list catalogue, values *pieceValues) error {
		s := l.newSearch(&q, list, values)
		for below := afterAll; ; {
			page, err := s.page(ctx, below, eachPage)
			if err != nil {
				return err
			}
			for i := range page {
				if err := yield(&page[i].request); err != nil {
					stopped = true
					return err
				}
			}
			if len(page) < eachPage {
				return nil
			}
			below = page[len(page)-1].at
		}
	})
	if err != nil && !stopped {
		return fmt.Errorf("reading the server log: %w", err)
	}
	return err
}
