// Package retention says how long entries are kept, what must be anonymous and
// who must be forgotten, and has the logs do it: what is due in one run, which
// the owner of the logs calls every hour.
package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
)

// Policy says how long the server log keeps what. How long the application log
// does is stored in it: see [View].
type Policy struct {
	ServerLog ServerLog
	// KeepFlags is how long flags, their evidence and notes are kept after the
	// last thing that happened to them; zero means for ever. The evidence of closed
	// cases obeys ServerLog.FullIP.
	KeepFlags time.Duration
}

// Report is what a run did, or, when it was a dry one, would have done.
type Report struct {
	DryRun         bool           `json:"dry_run"`
	Time           time.Time      `json:"time"`
	ServerLog      ServerReport   `json:"server_log"`
	ApplicationLog ApplicationLog `json:"application_log"`
	// Flags are kept beside the application log.
	Flags applog.FlagsRetained `json:"flags"`
}

// Changed says whether there was anything to do.
func (r *Report) Changed() bool {
	deleted, anonymized := r.ApplicationLog.Sum()
	return r.ServerLog.Deleted+r.ServerLog.Shortened+deleted+anonymized > 0 || r.Flags != (applog.FlagsRetained{})
}

// In is r with its times in loc, so that JSON carries its offset.
func (r Report) In(loc *time.Location) Report {
	for _, t := range []*time.Time{&r.Time, &r.ServerLog.DeletedBefore, &r.ServerLog.ShortenedBefore} {
		if !t.IsZero() {
			*t = t.In(loc)
		}
	}
	return r
}

// Run deletes, shortens and anonymizes expired entries at now, and gives the disk
// back. Books that are being written go on. When ctx ends, the run does: what it
// had deleted by then leaves the disk with the next one. A log that is not open,
// or fails, does not keep the other from its run.
func Run(ctx context.Context, s *store.Store, p Policy, now time.Time, dryRun bool) (Report, error) {
	r := Report{DryRun: dryRun, Time: now}
	serverErr, appErr := s.ServerLogErr, s.AppLogErr
	if s.ServerLog != nil {
		if r.ServerLog, serverErr = p.ServerLog.run(ctx, s.ServerLog, now, dryRun); serverErr != nil {
			serverErr = fmt.Errorf("retention of the server log: %w", serverErr)
		}
	}
	if s.AppLog != nil {
		age := applog.FlagExpiry{DeleteBefore: before(now, p.KeepFlags), ShortenBefore: before(now, p.ServerLog.FullIP)}
		r.Flags, appErr = s.AppLog.RetainFlags(ctx, age, dryRun)
	}
	if s.AppLog != nil && !dryRun {
		appErr = errors.Join(appErr, s.AppLog.RetainKnown(ctx))
	}
	if s.AppLog != nil && appErr == nil {
		if r.ApplicationLog, appErr = runApplicationLog(ctx, s.AppLog, now, dryRun); appErr != nil {
			appErr = fmt.Errorf("retention of the application log: %w", appErr)
		}
	}
	return r, errors.Join(serverErr, appErr)
}

// before is the time from which on nothing is as old as age.
func before(now time.Time, age time.Duration) time.Time {
	if age == 0 {
		return time.Time{}
	}
	return now.Add(-age)
}

// milliseconds is how long it has been since start.
func milliseconds(start time.Time) float64 {
	return float64(time.Since(start).Microseconds()) / 1000
}
