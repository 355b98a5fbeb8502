package store

import (
	"context"

	"github.com/gatebook/gatebook/record"
)

// Count counts what q asks for, up to most; more says that there are more than
// that. Limit and Cursor of q play no part.
func (a *AppLog) Count(ctx context.Context, q record.EventQuery, most int) (n int, more bool, err error) {
	for q.Limit, q.Cursor = record.MaxLimit, ""; ; {
		page, next, err := a.Events(ctx, q)
		if err != nil {
			return 0, false, err
		}
		if n += len(page); n > most {
			return most, true, nil
		}
		if q.Cursor = next; next == "" {
			return n, false, nil
		}
	}
}
