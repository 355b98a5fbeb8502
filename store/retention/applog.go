package retention

import (
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/store/applog"
)

// ApplicationLog is what a run did to the application log.
type ApplicationLog struct {
	applog.Retained
	// DurationMS is how long it took, in milliseconds.
	DurationMS float64 `json:"duration_ms"`
}

// runApplicationLog does what the stored settings say. Where none are, nothing
// is expired.
func runApplicationLog(ctx context.Context, l *applog.Log, now time.Time, dryRun bool) (done ApplicationLog, err error) {
	start := time.Now()
	stored, ok, err := l.Policy()
	if err != nil || !ok {
		return done, err
	}
	if p := stored.At(now); p.Pending != stored.Pending && !dryRun {
		// What waited holds now, also if a clock is set back later.
		stored.LogPolicy = p
		if err := l.SetPolicy(ctx, stored); err != nil {
			return done, err
		}
	}
	age := applog.NewExpiry(stored.At(now).LogSettings, now)
	age.DryRun = dryRun
	done.Retained, err = l.Retain(ctx, age)
	done.DurationMS = milliseconds(start)
	return done, err
}

// overdue is how long after the last run entries are to be shown no more before
// the next: runs are an hour apart, and a backup is older.
const overdue = 2 * time.Hour

// Overdue reports whether the log may hold what has to be gone before anything of
// it is shown: it was restored from a backup, or no server ran for a while.
func Overdue(l *applog.Log, now time.Time) (bool, error) {
	last, err := l.LastRun()
	if err != nil {
		return true, fmt.Errorf("finding out whether the application log is up to date: %w", err)
	}
	if last == nil {
		return l.Health().Entries > 0, nil
	}
	return now.Sub(last.Time) > overdue || last.Time.Sub(now) > overdue, nil
}

// CatchUp does what is overdue.
func CatchUp(ctx context.Context, l *applog.Log, now time.Time) error {
	late, err := Overdue(l, now)
	if err == nil && late {
		_, err = runApplicationLog(ctx, l, now, false)
	}
	if err != nil {
		return fmt.Errorf("bringing the application log up to date: %w", err)
	}
	return nil
}
