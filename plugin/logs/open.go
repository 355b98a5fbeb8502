package logs

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
)

// reopenEvery is how often is tried again to open a log.
const reopenEvery = 5 * time.Second

// open opens the logs. Its error says that the directory must not be used; a log that
// cannot be opened for another reason is opened later. [Logs.start] must be called
// next.
func open(o Options) (*Logs, error) {
	l := &Logs{o: o}
	l.Detection = detection.New(detection.Options{Instance: o.Instance, Log: o.Log, AppLog: l.AppLog, Locate: l.locate, Emit: l.emit})
	if err := l.openStore(); err != nil && isFatal(err) {
		return nil, errors.Join(err, l.closeStore())
	} else if err != nil {
		o.Log.Error("the site goes on without what cannot be opened, until it can be", "error", err)
	}
	return l, nil
}

// isFatal reports whether err keeps a server from starting: the directory is not the
// one that was meant, or this process must not use it. Anything else, such as a full
// disk or a damaged file, must not keep the site down.
func isFatal(err error) bool {
	for _, reason := range []error{store.ErrForeign, store.ErrInUse, store.ErrNewer, store.ErrOtherInstance, fs.ErrPermission} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// openStore opens what is not open, and returns why it could not open all.
func (l *Logs) openStore() error {
	if s := l.store.Load(); s != nil {
		s = s.Again()
		l.store.Store(s)
		return errors.Join(s.ServerLogErr, s.AppLogErr)
	}
	s, err := store.Open(l.o.Dir, store.Options{
		Instance: l.o.Instance,
		Log:      l.o.Log,
		Name:     l.name,
		Observe:  l.request,
		Stored:   l.event,
	})
	if err != nil {
		l.openErr.Store(&err)
		return err
	}
	l.store.Store(s)
	return errors.Join(s.ServerLogErr, s.AppLogErr)
}

func (l *Logs) closeStore() error {
	if s := l.store.Load(); s != nil {
		return s.Close()
	}
	return nil
}

// start starts what runs while the logs are open; stop ends it.
func (l *Logs) start() {
	ctx, cancel := context.WithCancel(context.Background())
	l.stopOpening = cancel
	l.checkOverdue()
	l.worker.Store(startRetentionWorker(l.retainWhenDue))
	l.Detection.Start()
	if !l.complete() {
		l.opening.Go(func() { l.reopen(ctx) })
	}
}

func (l *Logs) stop() {
	l.stopOpening()
	l.opening.Wait()
	l.worker.Load().close()
	l.Detection.Close()
}

// reopen tries until both logs are open, and writes an entry about the lost events.
func (l *Logs) reopen(ctx context.Context) {
	since := time.Now()
	tick := time.NewTicker(reopenEvery)
	defer tick.Stop()
	_, gap := l.AppLog()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := l.openStore()
		if log, closed := l.AppLog(); closed == nil && gap != nil {
			gap = nil
			l.checkOverdue()
			l.appendGap(ctx, log, since)
			if err := l.Detection.LogOpened(); err != nil {
				l.o.Log.Error("bans from before hold from the next start", "instance", l.o.Instance, "error", err)
			}
		}
		if err == nil {
			l.worker.Load().notify()
			l.o.Log.Info("the logs are open again", "unrecorded", l.lostRequests.Load(), "lost_events", l.lostEvents.Load())
			return
		}
	}
}

func (l *Logs) appendGap(ctx context.Context, log *applog.Log, since time.Time) {
	if err := log.Append(ctx, applog.Gap(since, time.Now(), 0, l.lostEvents.Load())); err != nil {
		l.o.Log.Error("writing the gap into the application log", "error", err)
	}
}
