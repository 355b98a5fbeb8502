package logs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/serverlog"
)

// ErrNotOpen says that the logs have not been opened yet.
var ErrNotOpen = errors.New("the logs are not open")

// Options say which logs to open.
type Options struct {
	// Dir is the directory of the logs, Instance their instance.
	Dir, Instance string
	Log           *slog.Logger
	// Defer calls close, or has it called at the very end if the process exits, when
	// no request is recorded any more.
	Defer func(close func() error) error
	// Exiting reports whether the process exits.
	Exiting func() bool
}

// Logs are the two open logs of an instance.
type Logs struct {
	o Options

	// InFlight are the requests that closing waits for.
	InFlight InFlight
	// Requests and Events pass on new records to those who follow a log.
	Requests Feed[record.Request]
	Events   Feed[record.Event]
	// Exports and Streams bound how many copies of the logs are being read.
	Exports, Streams Slots
	// Barrier holds up reads of the application log while retention is overdue.
	Barrier ReadBarrier
	// Detection is the abuse detection.
	Detection *detection.Detection

	// store is nil while the directory cannot be opened: the disk is full, or both
	// logs are damaged. If one of them is, the store has the other.
	store   atomic.Pointer[store.Store]
	openErr atomic.Pointer[error]
	// stopOpening ends opening, the attempts to open what is not open.
	stopOpening context.CancelFunc
	opening     sync.WaitGroup
	worker      atomic.Pointer[retentionWorker]

	// settings is held while the settings of the application log change or are
	// applied by a retention run.
	settings sync.Mutex
	// zone is the time zone that people chose, nil if they did not.
	zone atomic.Pointer[time.Location]

	// lostRequests and lostEvents count the records that came while no log was open
	// for them.
	lostRequests, lostEvents atomic.Uint64
	// notTaken counts the events that were sent but not taken, and toldNotTaken has
	// a bit for each reason that was logged.
	notTaken     atomic.Uint64
	toldNotTaken atomic.Uint32
	// reported is when a failure to store events was last logged.
	reported atomic.Int64

	mu      sync.Mutex
	configs []*Config
	// observer is the newest configuration's.
	observer atomic.Pointer[Observer]
}

// Dir returns the directory of the logs.
func (l *Logs) Dir() string { return l.o.Dir }

// Instance returns the instance that the logs are of.
func (l *Logs) Instance() string { return l.o.Instance }

// isOf returns an error if the logs are not of an instance.
func (l *Logs) isOf(instance string) error {
	if l.o.Instance != instance {
		return fmt.Errorf("%s holds the logs of instance %q: %w", l.o.Dir, l.o.Instance, store.ErrOtherInstance)
	}
	return nil
}

// Store returns the store, or the reason why there is none. One of its logs may be
// missing.
func (l *Logs) Store() (*store.Store, error) {
	s := l.store.Load()
	if s == nil {
		return nil, l.whyClosed()
	}
	return s, nil
}

// ServerLog returns the server log, or the reason why it is not open.
func (l *Logs) ServerLog() (*serverlog.Log, error) {
	s, err := l.Store()
	if err != nil {
		return nil, err
	}
	return s.ServerLog, s.ServerLogErr
}

// AppLog returns the application log, or the reason why it is not open.
func (l *Logs) AppLog() (*applog.Log, error) {
	s, err := l.Store()
	if err != nil {
		return nil, err
	}
	return s.AppLog, s.AppLogErr
}

// Down returns the reason why events cannot be stored now, or nil.
func (l *Logs) Down() error {
	log, err := l.AppLog()
	if err != nil {
		return err
	}
	return log.Down()
}

func (l *Logs) whyClosed() error {
	if err := l.openErr.Load(); err != nil {
		return *err
	}
	return errors.New("the logs are closed")
}

// complete reports whether both logs are open.
func (l *Logs) complete() bool {
	s := l.store.Load()
	return s != nil && s.ServerLog != nil && s.AppLog != nil
}

// Health returns the health of both logs.
func (l *Logs) Health() record.Health {
	var h record.Health
	if s := l.store.Load(); s != nil {
		h = s.Health()
	} else {
		none := record.BookHealth{State: record.StateDown, Error: l.whyClosed().Error()}
		requests, events := none, none
		h = record.Health{State: record.StateDown, ServerLog: &requests, ApplicationLog: &events}
	}
	h.Instance = l.o.Instance
	h.ServerLog.Dropped += l.lostRequests.Load()
	h.ApplicationLog.Dropped += l.lostEvents.Load()
	h.ApplicationLog.NotTaken = l.notTaken.Load()
	return h
}

// Zone returns the time zone that people chose, nil if they did not.
func (l *Logs) Zone() *time.Location { return l.zone.Load() }
