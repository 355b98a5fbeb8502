package logs

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// openTimeout is how long a request waits for logs that are being opened: Caddy
// starts apps in random order, so the server may be there first.
const openTimeout = 10 * time.Second

// Ref is a configuration's reference to the logs in a directory.
type Ref struct {
	dir  string
	logs atomic.Pointer[Logs]
	// opened is closed once the logs have been opened, or will not be.
	opened chan struct{}
	settle func()
	config *Config
}

// NewRef returns a reference to the logs in a directory. It opens nothing.
func NewRef(dir string) *Ref {
	r := &Ref{dir: dir, opened: make(chan struct{})}
	r.settle = sync.OnceFunc(func() { close(r.opened) })
	return r
}

// Open opens the logs, or shares those that another configuration has open, and makes
// c their newest configuration. o.Dir is set by Open.
func (r *Ref) Open(o Options, c *Config) error {
	var err error
	if o.Dir, err = realPath(r.dir); err != nil {
		return err
	}
	l, err := process.acquire(o)
	if err != nil {
		return err
	}
	l.Use(c)
	r.config = c
	r.logs.Store(l)
	r.settle()
	return nil
}

// Close ends the use of the logs, if they were opened, and the waiting for them.
func (r *Ref) Close() error {
	r.settle()
	l := r.logs.Load()
	if l == nil {
		return nil
	}
	l.Unuse(r.config)
	return process.release(l)
}

// SetInForce says that the whole configuration has started.
func (r *Ref) SetInForce() {
	if l := r.logs.Load(); l != nil {
		l.SetInForce(r.config)
	}
}

// Logs returns the logs, nil before Open.
func (r *Ref) Logs() *Logs { return r.logs.Load() }

// Wait returns the logs once they are open, or nil if that takes too long. It has no
// context, because the request of a client that leaves meanwhile is recorded too.
//
// During a reload the former configuration has them open already. They serve for the
// new one too, even if that fails to start: its server may have been quicker than
// its logs, and the requests that it took are to be recorded.
func (r *Ref) Wait() *Logs {
	if l := r.logs.Load(); l != nil {
		return l
	}
	if dir, err := realPath(r.dir); err == nil {
		if l := process.find(dir); l != nil {
			return l
		}
	}
	timeout := time.NewTimer(openTimeout)
	defer timeout.Stop()
	select {
	case <-r.opened:
	case <-timeout.C:
	}
	return r.logs.Load()
}

// realPath names a directory in one way however it is reached, so that it is opened
// once. The directory itself need not exist yet.
func realPath(dir string) (string, error) {
	parent, err := filepath.EvalSymlinks(filepath.Dir(dir))
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", filepath.Dir(dir), err)
	}
	dir = filepath.Join(parent, filepath.Base(dir))
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real, nil
	}
	return dir, nil
}
