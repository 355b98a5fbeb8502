package store

import (
	"context"

	"github.com/gatebook/gatebook/record"
)

// Each calls yield for every request that q asks for, newest first, until it
// returns an error, which Each returns. q.Limit and q.Cursor play no part. The
// memory it takes does not depend on how much is found.
func (l *ServerLog) Each(ctx context.Context, q record.RequestQuery, yield func(*record.Request) error) error {
	q.Limit, q.Cursor = record.MaxLimit, ""
	for {
		page, next, err := l.Requests(ctx, q)
		if err != nil {
			return err
		}
		for i := range page {
			if err := yield(&page[i]); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Cursor = next
	}
}
