package retention

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/store/serverlog"
)

// ServerLog says how long requests are kept; zero means for ever.
type ServerLog struct {
	// Keep is how long requests are kept at all, FullIP how long their
	// addresses are kept in full.
	Keep, FullIP time.Duration
}

// ServerReport is what a run did to the server log.
type ServerReport struct {
	serverlog.Retained
	// DeletedBefore and ShortenedBefore are the times from which on nothing was
	// touched; zero where nothing is ever expired.
	DeletedBefore   time.Time `json:"deleted_before,omitzero"`
	ShortenedBefore time.Time `json:"shortened_before,omitzero"`
	// DurationMS is how long it took, in milliseconds.
	DurationMS float64 `json:"duration_ms"`
}

func (p ServerLog) run(ctx context.Context, l *serverlog.Log, now time.Time, dryRun bool) (done ServerReport, err error) {
	start := time.Now()
	done.DeletedBefore, done.ShortenedBefore = before(now, p.Keep), before(now, p.FullIP)
	if !done.ShortenedBefore.After(done.DeletedBefore) {
		done.ShortenedBefore = time.Time{} // nothing that long is left
	}
	done.Retained, err = l.Retain(ctx, serverlog.Expiry{
		DeleteBefore:  done.DeletedBefore,
		ShortenBefore: done.ShortenedBefore,
		DryRun:        dryRun,
	})
	done.DurationMS = milliseconds(start)
	return done, err
}
