package logs

import (
	"errors"
	"sync"
	"time"

	"github.com/gatebook/gatebook/store"
)

// registry holds the open logs of the process by their directory and nothing else:
// Badger's lock admits a directory once. Settings are no part of the key, or a
// changed one would open the directory a second time.
type registry struct {
	mu sync.Mutex
	// used has the logs that configurations use, and how many do.
	used map[string]*use
	// open has the same logs; a request finds them without the lock, which is held
	// while logs are opened.
	open sync.Map
	// unclosed has logs that no configuration uses and that cannot be closed before
	// there is space on the disk.
	unclosed sync.Map
}

type use struct {
	logs  *Logs
	count int
}

// process is the registry of the process.
var process = registry{used: map[string]*use{}}

// acquire returns the logs in o.Dir for one more configuration, and opens them for
// the first.
func (r *registry) acquire(o Options) (*Logs, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if u := r.used[o.Dir]; u != nil {
		if err := u.logs.isOf(o.Instance); err != nil {
			return nil, err
		}
		u.count++
		return u.logs, nil
	}
	l, err := r.takeUnclosed(o)
	if l == nil && err == nil {
		l, err = open(o)
	}
	if err != nil {
		return nil, err
	}
	l.start()
	r.used[o.Dir] = &use{l, 1}
	r.open.Store(o.Dir, l)
	return l, nil
}

// find returns the open logs in dir, or nil.
func (r *registry) find(dir string) *Logs {
	l, _ := r.open.Load(dir)
	logs, _ := l.(*Logs)
	return logs
}

// release ends the use by one configuration, and closes the logs after the last.
func (r *registry) release(l *Logs) error {
	r.mu.Lock()
	u := r.used[l.o.Dir]
	if u.count--; u.count > 0 {
		r.mu.Unlock()
		return nil
	}
	delete(r.used, l.o.Dir)
	r.mu.Unlock()
	l.stop()
	r.open.CompareAndDelete(l.o.Dir, l)
	return l.o.Defer(func() error { return r.close(l) })
}

// close closes logs that no configuration uses. If the disk is full, it tries again
// until there is space, unless a configuration uses them before.
func (r *registry) close(l *Logs) error {
	err := l.close()
	if errors.Is(err, store.ErrDiskFull) && !l.o.Exiting() {
		r.unclosed.Store(l.o.Dir, l)
		l.o.Log.Error("the logs stay open until there is space to close them", "dir", l.o.Dir)
		go r.closeLater(l)
	}
	return err
}

func (r *registry) closeLater(l *Logs) {
	for range time.Tick(reopenEvery) {
		if !r.unclosed.CompareAndDelete(l.o.Dir, l) {
			return
		}
		err := l.closeStore()
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrDiskFull) {
			l.o.Log.Error("closing the logs", "dir", l.o.Dir, "error", err)
			return
		}
		r.unclosed.Store(l.o.Dir, l)
	}
}

// takeUnclosed returns the unclosed logs in o.Dir for use, or nil.
func (r *registry) takeUnclosed(o Options) (*Logs, error) {
	val, _ := r.unclosed.Load(o.Dir)
	l, _ := val.(*Logs)
	if l == nil {
		return nil, nil
	}
	if err := l.isOf(o.Instance); err != nil {
		return nil, err
	}
	if !r.unclosed.CompareAndDelete(o.Dir, l) {
		return nil, nil // they are being closed
	}
	return l, nil
}
