package logs

import (
	"context"

	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
)

// retentionWorker is the goroutine that runs the retention of some logs. It lives as
// long as they are open, whatever configurations come and go.
type retentionWorker struct {
	requests chan runRequest
	// changed has a value when a log was opened, or settings came into force, so
	// that a run may be due.
	changed chan struct{}
	stop    context.CancelFunc
	ended   chan struct{}
}

// runRequest is a run that somebody waits for; answer has room for one.
type runRequest struct {
	ctx    context.Context
	dryRun bool
	answer chan<- runAnswer
}

type runAnswer struct {
	report retention.Report
	err    error
}

// startRetentionWorker starts a goroutine that calls loop, until [retentionWorker.close].
func startRetentionWorker(loop func(context.Context, *retentionWorker)) *retentionWorker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &retentionWorker{requests: make(chan runRequest), changed: make(chan struct{}, 1), stop: cancel, ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		loop(ctx, w)
	}()
	return w
}

// close ends the worker, and a run that is in progress.
func (w *retentionWorker) close() {
	w.stop()
	<-w.ended
}

// notify has the worker check again whether a run is due. It never blocks.
func (w *retentionWorker) notify() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// run has the worker run now, and waits for the result.
func (w *retentionWorker) run(ctx context.Context, dryRun bool) (retention.Report, error) {
	answer := make(chan runAnswer, 1)
	select {
	case w.requests <- runRequest{ctx, dryRun, answer}:
	case <-w.ended:
		return retention.Report{}, store.ErrClosed
	case <-ctx.Done():
		return retention.Report{}, ctx.Err()
	}
	a := <-answer
	return a.report, a.err
}
