package geo

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Watch reloads what changed until ctx ends or db is closed. It looks at the
// files' metadata only, since notifications miss network file systems and
// mounted volumes. It calls report with an error when it first occurs, not
// again while it stays the same.
func (db *DB) Watch(ctx context.Context, every time.Duration, report func(error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	reported := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_, err := db.Reload()
		if errors.Is(err, fs.ErrClosed) {
			return
		}
		now := ""
		if err != nil {
			if now = err.Error(); now != reported {
				report(err)
			}
		}
		reported = now
	}
}
