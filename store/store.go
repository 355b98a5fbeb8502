package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog"
)

// Store is the two logs of one instance in one directory.
type Store struct {
	// A log that cannot be opened is nil, and its error says why. The other
	// one goes on without it.
	ServerLog               *serverlog.Log
	AppLog                  *applog.Log
	ServerLogErr, AppLogErr error

	o     Options
	lock  *os.File
	disk  kv.Space
	close func() error
}

// Open opens the logs in dir and creates what is missing. A directory that a
// crash left behind is recovered. One that is something else, in use, of
// another instance or from a newer version is refused in one sentence that
// says what to do, and is not touched; see [ErrForeign] and those beside it.
// If one log cannot be opened, the other is: see [Store]. Without Options.Instance
// the directory's own is used.
func Open(dir string, o Options) (*Store, error) {
	s, err := open(dir, o.withDefaults())
	if errors.Is(err, syscall.ENOSPC) && !errors.Is(err, ErrDiskFull) {
		// The first bytes are written before any log looks at the disk.
		err = fmt.Errorf("%w: %w; free some space", ErrDiskFull, err)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", dir, err)
	}
	return s, nil
}

func open(dir string, o Options) (_ *Store, err error) {
	lock, o, err := enter(dir, o)
	if err != nil {
		return nil, err
	}
	s := &Store{o: o, lock: lock, disk: kv.Space{Dir: dir, Minimum: o.MinFree, Free: o.free}}
	s.close = sync.OnceValue(s.closeAll)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.disk.Check(); err != nil {
		return nil, err // opening writes too
	}
	s.openMissing()
	if s.ServerLog == nil && s.AppLog == nil {
		return nil, fmt.Errorf("%w; %w", s.ServerLogErr, s.AppLogErr)
	}
	return s, kv.SyncDir(dir)
}

// openMissing opens the logs that are not open.
func (s *Store) openMissing() {
	if s.ServerLog == nil {
		s.ServerLog, s.ServerLogErr = serverlog.Open(filepath.Join(s.disk.Dir, "server"), s.o.serverLog())
	}
	if s.AppLog == nil {
		s.AppLog, s.AppLogErr = applog.Open(filepath.Join(s.disk.Dir, "app"), s.o.appLog(s.disk.Dir))
	}
}

// Again tries to open the log that could not be opened. The result replaces s,
// which must not be used any more, not even to close it.
func (s *Store) Again() *Store {
	next := &Store{ServerLog: s.ServerLog, AppLog: s.AppLog, o: s.o, lock: s.lock, disk: s.disk}
	next.close = sync.OnceValue(next.closeAll)
	next.openMissing()
	return next
}

// Health reports the state of each log, or why it is not open.
func (s *Store) Health() record.Health {
	requests := record.BookHealth{State: record.StateDown}
	if s.ServerLog != nil {
		requests = s.ServerLog.Health()
	} else {
		requests.Error = s.ServerLogErr.Error()
	}
	events := record.BookHealth{State: record.StateDown}
	if s.AppLog != nil {
		events = s.AppLog.Health()
	} else {
		events.Error = s.AppLogErr.Error()
	}
	h := record.Health{Instance: s.o.Instance, State: record.StateOK, ServerLog: &requests, ApplicationLog: &events}
	if requests.State != record.StateOK || events.State != record.StateOK {
		h.State = record.StateDown
	}
	if s.ServerLog != nil {
		if last, err := s.ServerLog.LastRetained(); err == nil { // else the log is closed
			h.LastRetentionRun = last
		}
	}
	return h
}

// enter locks dir and reads or writes its marker.
func enter(dir string, o Options) (lock *os.File, _ Options, err error) {
	// Looked at before anything is written: a foreign directory stays as it is.
	if _, err := readMarker(dir, o.Instance); err != nil {
		return nil, o, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, o, accessError(err)
	}
	if lock, err = lockDir(dir); err != nil {
		return nil, o, accessError(err)
	}
	m, err := readMarker(dir, o.Instance) // another process may have been first
	if m != nil {
		for _, name := range MissingLogs(dir) {
			o.Log.Warn("a book is missing and starts empty", "directory", name)
		}
		m.takeOver(dir, o.Log)
	} else if err == nil {
		m = &marker{Format: format, Instance: o.Instance, Created: o.Now().UTC()}
		err = m.write(dir)
	}
	if err != nil {
		lock.Close()
		return nil, o, accessError(err)
	}
	if o.Instance == "" {
		o.Instance = m.Instance
	}
	return lock, o, nil
}

// MissingLogs lists the logs that are gone from a directory that had them.
// [Open] makes empty ones in their place.
func MissingLogs(dir string) (list []string) {
	if m, err := readMarker(dir, ""); m == nil || err != nil {
		return nil
	}
	for _, name := range []string{"server", "app"} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, os.ErrNotExist) {
			list = append(list, filepath.Join(dir, name))
		}
	}
	return list
}

// Close writes what is queued and closes both logs. Only the first call has an
// effect; the others wait for it and return the same error.
//
// With too little space on the disk it does nothing and returns an
// [ErrDiskFull]: closing writes tables into mapped files, where a page that the
// disk cannot back kills the process. A process that ends nevertheless loses
// nothing, since the next Open recovers what is in the logs.
func (s *Store) Close() error {
	if err := s.disk.Check(); err != nil {
		return err
	}
	return s.close()
}

func (s *Store) closeAll() error {
	var errs []error
	if s.ServerLog != nil {
		errs = append(errs, s.ServerLog.Close())
	}
	if s.AppLog != nil {
		errs = append(errs, s.AppLog.Close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
