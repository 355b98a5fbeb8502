package logs

import (
	"time"

	"github.com/gatebook/gatebook/store/retention"
)

// retentionEvery is how often expired entries are deleted.
const retentionEvery = time.Hour

// NextRetention returns when the next retention run is due.
func (l *Logs) NextRetention(now time.Time) time.Time {
	return now.Add(l.untilRetention(time.Time{}, now))
}

// untilRetention returns how long to wait for the next run: until an hour after the
// last one, which may have been before a restart, or after the last attempt at tried.
func (l *Logs) untilRetention(tried, now time.Time) time.Duration {
	if l.inForce() == nil {
		return retentionEvery // or until one comes into force
	}
	last := l.lastRetention()
	// If something is overdue, a read may be waiting.
	if last.Before(tried) || l.Barrier.Raised() || tried.IsZero() && l.compactionPending() {
		last = tried
	}
	// A clock that was set back must not put it off for long.
	return min(max(0, last.Add(retentionEvery).Sub(now)), retentionEvery)
}

// lastRetention returns the earlier of the times of the last runs of both logs; zero
// if a log had none, or cannot be read.
func (l *Logs) lastRetention() (last time.Time) {
	if log, closed := l.ServerLog(); closed == nil {
		last, _ = log.LastRetained()
	}
	if log, closed := l.AppLog(); closed == nil {
		run, err := log.LastRun()
		if err != nil || run == nil {
			return time.Time{}
		}
		if last.IsZero() || run.Time.Before(last) {
			last = run.Time
		}
	}
	return last
}

// compactionPending reports whether the disk may still hold what was deleted from the
// application log before it was opened.
func (l *Logs) compactionPending() bool {
	log, closed := l.AppLog()
	return closed == nil && log.PendingCompaction()
}

// checkOverdue raises the read barrier if retention is overdue. It must be called
// whenever the application log was opened.
func (l *Logs) checkOverdue() {
	log, err := l.AppLog()
	if err != nil {
		return
	}
	if late, err := retention.Overdue(log, time.Now()); late || err != nil {
		l.Barrier.Raise()
	}
}
