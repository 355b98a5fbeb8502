package serverlog

import (
	"context"

	"github.com/gatebook/gatebook/record"
)

// eachPage is how many requests Each holds at a time. A page opens the blocks
// that it lies in, so it should not be small; what is open keeps deleted values on
// the disk, so it ends with the page.
const eachPage = 8192

// Each calls yield for every request that q asks for, newest first, until it
// returns an error, which Each returns. q.Limit and q.Cursor play no part. The memory it takes does not depend on
// how much is found.
func (l *Log) Each(ctx context.Context, q record.RequestQuery, yield func(*record.Request) error) error {
	for below := afterAll; ; {
		page, cut, err := l.search(ctx, &q, below, eachPage)
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
