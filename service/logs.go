// Package service is what one can do with the open logs of an instance: read them,
// decide about flags, export and erase a person, change settings, delete expired
// entries, import. The server does it for consoles and its admin endpoint, and the
// commands do it in a directory that no server uses.
package service

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/retention"
	"github.com/gatebook/gatebook/store/serverlog"
)

// Logs are the open logs of one instance. They can be used by several goroutines at
// once if the [Options] can.
type Logs struct {
	store *store.Store
	o     Options
}

// Options are what the owner of open logs adds to them.
type Options struct {
	// Instance is the instance's name.
	Instance string
	// Location is the time zone in which records are shown. The default is UTC.
	Location *time.Location
	// Detector makes decisions. The default is a detector that knows the stored
	// flags and nothing else.
	Detector Detector
	// ReadBarrier returns once the entries of the application log may be read. By
	// default a read deletes and anonymizes overdue entries first, as no server
	// does it.
	ReadBarrier func(context.Context) error
}

// New returns the logs of an open store. They must not be used after the store is
// closed.
func New(s *store.Store, o Options) *Logs {
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Detector == nil {
		o.Detector = &storedDetector{log: s.AppLog}
	}
	if o.ReadBarrier == nil {
		o.ReadBarrier = func(ctx context.Context) error { return retention.CatchUp(ctx, s.AppLog, time.Now()) }
	}
	return &Logs{s, o}
}

// Instance returns the instance's name.
func (l *Logs) Instance() string { return l.o.Instance }

// Location returns the time zone in which records are shown.
func (l *Logs) Location() *time.Location { return l.o.Location }

// Health reports the state of both logs.
func (l *Logs) Health() record.Health {
	h := l.store.Health()
	h.Instance = l.o.Instance
	return h
}

// Check reads everything in both logs, and reports what is damaged.
func (l *Logs) Check(ctx context.Context) (store.Checked, error) { return l.store.Check(ctx) }

// Retain deletes, shortens and anonymizes what has expired by p and by the settings
// of the application log. A dry run only counts it.
func (l *Logs) Retain(ctx context.Context, p retention.Policy, dryRun bool) (retention.Report, error) {
	return retention.Run(ctx, l.store, p, time.Now(), dryRun)
}

// serverLog returns the server log, or the reason why it is not open.
func (l *Logs) serverLog() (*serverlog.Log, error) {
	if l.store.ServerLog == nil {
		return nil, l.store.ServerLogErr
	}
	return l.store.ServerLog, nil
}

// appLog returns the application log, or the reason why it is not open. Flags may be
// read in it at any time, entries only after [Logs.readable].
func (l *Logs) appLog() (*applog.Log, error) {
	if l.store.AppLog == nil {
		return nil, l.store.AppLogErr
	}
	return l.store.AppLog, nil
}

// readable returns the application log once its entries may be read.
func (l *Logs) readable(ctx context.Context) (*applog.Log, error) {
	log, err := l.appLog()
	if err != nil {
		return nil, err
	}
	return log, l.o.ReadBarrier(ctx)
}
