package logs

import (
	"context"
	"errors"
	"time"

	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
)

// retentionTurn is held by the one retention run of the process: a run reads and
// writes much, and instances share the disk.
var retentionTurn = make(chan struct{}, 1)

// Retain runs the retention now, or a dry run, which only counts.
func (l *Logs) Retain(ctx context.Context, dryRun bool) (retention.Report, error) {
	return l.worker.Load().run(ctx, dryRun)
}

// retainWhenDue runs the retention every hour and on request, until ctx ends.
func (l *Logs) retainWhenDue(ctx context.Context, w *retentionWorker) {
	var tried time.Time
	failing := false
	for {
		if err := l.storeStartSettings(ctx); err != nil && ctx.Err() == nil {
			l.o.Log.Error("storing the settings of the application log", "instance", l.o.Instance, "error", err)
		}
		due := time.NewTimer(l.untilRetention(tried, time.Now()))
		select {
		case <-ctx.Done():
			due.Stop()
			return
		case <-w.changed:
		case r := <-w.requests:
			r.answer <- l.retainFor(ctx, r)
		case <-due.C:
			tried = time.Now()
			failing = l.retainHourly(ctx, failing)
		}
		due.Stop()
	}
}

// retainHourly is a run that nobody asked for. It logs the first failure and the end
// of the failures.
func (l *Logs) retainHourly(ctx context.Context, failed bool) (fails bool) {
	_, err := l.retain(ctx, false)
	switch {
	case ctx.Err() != nil: // the logs are being closed; the next start makes up for it
		return failed
	case err != nil && !failed:
		l.o.Log.Error("deleting what is too old failed; it is tried again every hour", "instance", l.o.Instance, "error", err)
	case err == nil && failed:
		l.o.Log.Info("what is too old is deleted again", "instance", l.o.Instance)
	}
	return err != nil
}

// retainFor is a run that ends with the request, or with the logs.
func (l *Logs) retainFor(ctx context.Context, r runRequest) runAnswer {
	requested, cancel := context.WithCancel(r.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	report, err := l.retain(requested, r.dryRun)
	if ctx.Err() != nil && err != nil {
		err = store.ErrClosed
	}
	return runAnswer{report, err}
}

func (l *Logs) retain(ctx context.Context, dryRun bool) (retention.Report, error) {
	s, err := l.Store()
	if err != nil {
		return retention.Report{}, err
	}
	config := l.inForce()
	if config == nil {
		return retention.Report{}, errors.New("the configuration is still starting; try again in a moment")
	}
	select {
	case retentionTurn <- struct{}{}:
		defer func() { <-retentionTurn }()
	case <-ctx.Done():
		return retention.Report{}, ctx.Err()
	}
	// The configuration may have come into force this moment.
	if err := l.storeStartSettings(ctx); err != nil && s.AppLog != nil {
		return retention.Report{}, err
	}
	l.settings.Lock()
	defer l.settings.Unlock()
	report, err := retention.Run(ctx, s, config.Retention, time.Now(), dryRun)
	if dryRun {
		return report, err
	}
	l.updateBarrier(ctx, s, err)
	if report.Flags.Deleted > 0 {
		err = errors.Join(err, l.Detection.ForgetDeleted(ctx))
	}
	if err == nil && report.Changed() {
		l.logReport(&report)
	}
	return report, err
}

// updateBarrier says, after a run that ended with err, whether the application log may
// be read.
func (l *Logs) updateBarrier(ctx context.Context, s *store.Store, err error) {
	if s.AppLog == nil || ctx.Err() != nil {
		return
	}
	late, lateErr := retention.Overdue(s.AppLog, time.Now())
	if err = errors.Join(err, lateErr); !late {
		err = nil // the server log failed
	}
	l.Barrier.Ran(err)
}

func (l *Logs) logReport(r *retention.Report) {
	requests, events := &r.ServerLog, &r.ApplicationLog
	deleted, anonymized := events.Sum()
	l.o.Log.Info("deleted what is too old", "instance", l.o.Instance, "requests", requests.Deleted, "addresses_shortened", requests.Shortened,
		"entries", deleted, "entries_anonymized", anonymized, "flags", r.Flags.Deleted,
		"bytes_before", requests.BytesBefore+events.BytesBefore, "bytes_after", requests.BytesAfter+events.BytesAfter,
		"duration", time.Duration((requests.DurationMS+events.DurationMS)*float64(time.Millisecond)))
}
