package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/retention"
)

// retentionEvery is how often what is too old is deleted.
const retentionEvery = time.Hour

// retentionTurn is held by the one run that goes on in the process: a run reads
// and writes much, and instances share the disk.
var retentionTurn = make(chan struct{}, 1)

// keeper runs the retention of some books, every hour and when somebody asks.
// It is one goroutine that lives as long as their store is open, whatever
// configurations come and go meanwhile.
type keeper struct {
	asked chan askedRun
	// news says that there is a store, or settings, that there were not before.
	news  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
}

// askedRun is a run that somebody asks for; answer has room for one.
type askedRun struct {
	ctx    context.Context
	dryRun bool
	answer chan<- retentionAnswer
}

type retentionAnswer struct {
	report retention.Report
	err    error
}

// startKeeper starts the keeper; stopKeeper ends it and a run that is under way.
func (b *books) startKeeper() {
	ctx, cancel := context.WithCancel(context.Background())
	k := &keeper{asked: make(chan askedRun), news: make(chan struct{}, 1), stop: cancel, ended: make(chan struct{})}
	b.keeper.Store(k)
	go func() {
		defer close(k.ended)
		b.keep(ctx, k)
	}()
}

func (b *books) stopKeeper() {
	k := b.keeper.Load()
	k.stop()
	<-k.ended
}

// tellKeeper has the keeper look again whether a run is due.
func (b *books) tellKeeper() {
	select {
	case b.keeper.Load().news <- struct{}{}:
	default:
	}
}

func (b *books) keep(ctx context.Context, k *keeper) {
	var tried time.Time
	failing := false
	for {
		if err := b.startPolicy(ctx); err != nil && ctx.Err() == nil {
			b.log.Error("storing the settings of the application log", "instance", b.instance, "error", err)
		}
		due := time.NewTimer(b.untilRetention(tried, time.Now()))
		select {
		case <-ctx.Done():
			due.Stop()
			return
		case <-k.news:
		case ask := <-k.asked:
			ask.answer <- b.retainFor(ctx, ask)
		case <-due.C:
			tried = time.Now()
			failing = b.retainHourly(ctx, failing)
		}
		due.Stop()
	}
}

// untilRetention is how long to wait for the next run: until an hour after the
// last one, which may have been before a restart, or after the last attempt.
func (b *books) untilRetention(tried, now time.Time) time.Duration {
	if _, known := b.policy(); !known {
		return retentionEvery // or until there is news
	}
	last := b.lastRun()
	// Where something is overdue somebody may be waiting.
	if last.Before(tried) || b.barrier.Raised() || tried.IsZero() && b.owes() {
		last = tried
	}
	// A clock that was set back must not put it off for long.
	return min(max(0, last.Add(retentionEvery).Sub(now)), retentionEvery)
}

// lastRun is when the book whose turn was longer ago was looked after; zero if a
// book never was, or cannot say so.
func (b *books) lastRun() (last time.Time) {
	if log, closed := b.requests(); closed == nil {
		last, _ = log.LastRetained()
	}
	if log, closed := b.events(); closed == nil {
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

// owes reports whether the disk may hold what was taken from the application log
// before it was opened.
func (b *books) owes() bool {
	log, closed := b.events()
	return closed == nil && log.PendingCompaction()
}

// policy is what the newest configuration wants that has come into force: one
// that fails to start must not have deleted anything.
func (b *books) policy() (p retention.Policy, known bool) {
	app := b.inForce()
	if app == nil {
		return p, false
	}
	s := &app.instances[b.instance].settings
	p, err := s.ServerLog.Policy()
	p.KeepFlags = defaultKeepFlags
	if s.Abuse != nil && s.Abuse.Keep != 0 {
		p.KeepFlags = time.Duration(s.Abuse.Keep)
	}
	return p, err == nil
}

// inForce is the newest configuration that has come into force, or nil.
func (b *books) inForce() *App {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, app := range slices.Backward(b.apps) {
		if app.inForce.Load() {
			return app
		}
	}
	return nil
}

// retainHourly is a run that nobody asked for. Its failure is logged once.
func (b *books) retainHourly(ctx context.Context, failed bool) (fails bool) {
	_, err := b.retain(ctx, false)
	switch {
	case ctx.Err() != nil: // the books are being closed; the next start makes up for it
		return failed
	case err != nil && !failed:
		b.log.Error("deleting what is too old failed; it is tried again every hour", "instance", b.instance, "error", err)
	case err == nil && failed:
		b.log.Info("what is too old is deleted again", "instance", b.instance)
	}
	return err != nil
}

// retainFor is a run that ends with whoever asked for it, or with the books.
func (b *books) retainFor(ctx context.Context, ask askedRun) retentionAnswer {
	asked, cancel := context.WithCancel(ask.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	report, err := b.retain(asked, ask.dryRun)
	if ctx.Err() != nil && err != nil {
		err = store.ErrClosed
	}
	return retentionAnswer{report, err}
}

func (b *books) retain(ctx context.Context, dryRun bool) (retention.Report, error) {
	s := b.store.Load()
	if s == nil {
		return retention.Report{}, b.whyClosed()
	}
	policy, known := b.policy()
	if !known {
		return retention.Report{}, errors.New("the configuration is still starting; try again in a moment")
	}
	select {
	case retentionTurn <- struct{}{}:
		defer func() { <-retentionTurn }()
	case <-ctx.Done():
		return retention.Report{}, ctx.Err()
	}
	// The configuration may have come into force this moment.
	if err := b.startPolicy(ctx); err != nil && s.AppLog != nil {
		return retention.Report{}, err
	}
	b.deciding.Lock()
	defer b.deciding.Unlock()
	report, err := retention.Run(ctx, s, policy, time.Now(), dryRun)
	if !dryRun {
		b.ran(ctx, s, err)
	}
	if !dryRun && report.Flags.Deleted > 0 {
		err = errors.Join(err, b.detection.ForgetDeleted(ctx))
	}
	if err == nil && !dryRun && report.Changed() {
		requests, events := report.ServerLog, report.ApplicationLog
		deleted, anonymized := events.Sum()
		b.log.Info("deleted what is too old", "instance", b.instance, "requests", requests.Deleted, "addresses_shortened", requests.Shortened,
			"entries", deleted, "entries_anonymized", anonymized, "flags", report.Flags.Deleted,
			"bytes_before", requests.BytesBefore+events.BytesBefore, "bytes_after", requests.BytesAfter+events.BytesAfter,
			"duration", time.Duration((requests.DurationMS+events.DurationMS)*float64(time.Millisecond)))
	}
	return report, err
}

// ran says whether the application log may be read after a run.
func (b *books) ran(ctx context.Context, s *store.Store, err error) {
	if s.AppLog == nil || ctx.Err() != nil {
		return
	}
	late, lateErr := retention.Overdue(s.AppLog, time.Now())
	if err = errors.Join(err, lateErr); !late {
		err = nil // what failed is the other book's
	}
	b.barrier.Ran(err)
}

// askRetention has the keeper run now.
func (b *books) askRetention(ctx context.Context, dryRun bool) (retention.Report, error) {
	k, answer := b.keeper.Load(), make(chan retentionAnswer, 1)
	select {
	case k.asked <- askedRun{ctx, dryRun, answer}:
	case <-k.ended:
		return retention.Report{}, store.ErrClosed
	case <-ctx.Done():
		return retention.Report{}, ctx.Err()
	}
	a := <-answer
	return a.report, a.err
}

// Policy is what the settings ask of retention.
func (s *ServerLogSettings) Policy() (retention.Policy, error) {
	if err := s.validate(); err != nil {
		return retention.Policy{}, fmt.Errorf("server_log: %w", err)
	}
	p := retention.Policy{ServerLog: retention.ServerLog{Keep: defaultServerRetention}}
	if s != nil && s.Retention != 0 {
		p.ServerLog.Keep = time.Duration(s.Retention)
	}
	if s != nil {
		p.ServerLog.FullIP = time.Duration(s.FullIP)
	}
	return p, nil
}
