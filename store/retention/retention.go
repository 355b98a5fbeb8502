// Package retention says what is too old to be kept and has the books delete
// it: all of it in one run, which whoever has the books calls every hour.
package retention

import (
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/store"
)

// Policy says how long each book keeps what.
type Policy struct {
	ServerLog ServerLog
}

// ServerLog says how long requests are kept; zero means for ever.
type ServerLog struct {
	// Keep is how long requests are kept at all, FullIP how long their
	// addresses are kept in full.
	Keep, FullIP time.Duration
}

// Report is what a run did, or, when it was a dry one, would have done.
type Report struct {
	DryRun    bool      `json:"dry_run"`
	Time      time.Time `json:"time"`
	ServerLog Log       `json:"server_log"`
}

// Log is what a run did to one book.
type Log struct {
	store.Retained
	// DeletedBefore and ShortenedBefore are the times from which on nothing was
	// touched; zero where nothing is ever too old.
	DeletedBefore   time.Time `json:"deleted_before,omitzero"`
	ShortenedBefore time.Time `json:"shortened_before,omitzero"`
	// DurationMS is how long it took, in milliseconds.
	DurationMS float64 `json:"duration_ms"`
}

// Changed says whether there was anything to do.
func (r *Report) Changed() bool { return r.ServerLog.Deleted+r.ServerLog.Shortened > 0 }

// In is r with its times in loc, so that JSON carries its offset.
func (r Report) In(loc *time.Location) Report {
	for _, t := range []*time.Time{&r.Time, &r.ServerLog.DeletedBefore, &r.ServerLog.ShortenedBefore} {
		if !t.IsZero() {
			*t = t.In(loc)
		}
	}
	return r
}

// Run deletes and shortens what is too old at now, and gives the disk back.
// Books that are being written go on. When ctx ends, the run does: what it had
// deleted by then leaves the disk with the next one.
func Run(ctx context.Context, s *store.Store, p Policy, now time.Time, dryRun bool) (Report, error) {
	r := Report{DryRun: dryRun, Time: now}
	if s.ServerLog == nil {
		return r, s.ServerLogErr
	}
	var err error
	if r.ServerLog, err = p.ServerLog.run(ctx, s.ServerLog, now, dryRun); err != nil {
		return r, fmt.Errorf("retention of the server log: %w", err)
	}
	return r, nil
}

func (p ServerLog) run(ctx context.Context, l *store.ServerLog, now time.Time, dryRun bool) (done Log, err error) {
	start := time.Now()
	done.DeletedBefore, done.ShortenedBefore = before(now, p.Keep), before(now, p.FullIP)
	if !done.ShortenedBefore.After(done.DeletedBefore) {
		done.ShortenedBefore = time.Time{} // nothing that long is left
	}
	done.Retained, err = l.Retain(ctx, store.Retain{
		DeleteBefore:  done.DeletedBefore,
		ShortenBefore: done.ShortenedBefore,
		DryRun:        dryRun,
	})
	done.DurationMS = float64(time.Since(start).Microseconds()) / 1000
	return done, err
}

// before is the time from which on nothing is as old as age.
func before(now time.Time, age time.Duration) time.Time {
	if age == 0 {
		return time.Time{}
	}
	return now.Add(-age)
}
