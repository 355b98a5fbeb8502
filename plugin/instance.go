package plugin

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/store"
)

// instance is one customer's instance as one configuration declares it. Its
// books outlive it: see [books].
type instance struct {
	name     string
	dir      string
	where    string
	settings Settings
	// detector configures the abuse detection, with the patterns that files add.
	detector abuse.Config
	loc      *time.Location

	books atomic.Pointer[books]
	// opened is closed once Start has opened the books, or failed.
	opened chan struct{}
	once   sync.Once
	// missed counts the requests that the books did not open in time for.
	missed atomic.Uint64
	// stopping is closed when the configuration is about to go.
	stopping <-chan struct{}
}

// openingPatience is how long a request waits for books that are being
// opened: Caddy starts apps in random order, so the server may be there first.
const openingPatience = 10 * time.Second

func newInstance(name, dir string, stopping <-chan struct{}) *instance {
	return &instance{name: name, dir: dir, loc: time.UTC, opened: make(chan struct{}), stopping: stopping}
}

// configure takes the settings of one more place that declares the instance.
func (in *instance) configure(where string, s Settings) error {
	if s.empty() {
		return nil
	}
	if in.where != "" {
		if !reflect.DeepEqual(in.settings, s) {
			return fmt.Errorf("instance %q has other settings on %s than on %s; make them equal, or leave them out in one of the two", in.name, where, in.where)
		}
		return nil
	}
	loc, err := s.location()
	if err != nil {
		return err
	}
	detector, err := s.Abuse.Detector()
	if err != nil {
		return fmt.Errorf("instance %q: abuse: %w", in.name, err)
	}
	in.where, in.settings, in.detector, in.loc = where, s, detector, loc
	return nil
}

// detectionSettings returns the settings of the abuse detection.
func (in *instance) detectionSettings() detection.Settings {
	s := detection.Settings{Config: in.detector}
	if a := in.settings.Abuse; a != nil {
		s.Abort = a.OnBanned == "abort"
	}
	if a := in.settings.ApplicationLog; a != nil {
		s.Cookie = detection.SessionCookie(a.SessionCookie)
	}
	return s
}

func (in *instance) skips(path string) bool {
	s := in.settings.ServerLog
	return s != nil && matchPath(s.Skip, path)
}

func (in *instance) strict(path string) bool {
	s := in.settings.ApplicationLog
	return s != nil && matchPath(s.Strict, path)
}

// open gets the instance's books, opening them if no configuration has yet.
func (in *instance) open(app *App) error {
	dir, err := realPath(in.dir)
	if err != nil {
		return err
	}
	b, err := registry.acquire(dir, func() (caddy.Destructor, error) {
		return openBooks(dir, in.name, app.ctx.Slogger())
	})
	if err != nil {
		return err
	}
	if b.instance != in.name {
		err := registry.release(dir)
		return errors.Join(fmt.Errorf("%s holds the books of instance %q: %w", dir, b.instance, store.ErrOtherInstance), err)
	}
	b.use(app)
	in.books.Store(b)
	in.settle()
	return nil
}

// settle lets go those who wait for the books: they are open, or will not be.
func (in *instance) settle() { in.once.Do(func() { close(in.opened) }) }

// close gives the books back, if they were had.
func (in *instance) close(app *App) error {
	in.settle()
	b := in.books.Load()
	if b == nil {
		return nil
	}
	b.unuse(app)
	return registry.release(b.dir)
}

// wait returns the books, waiting for them while they are being opened. It
// returns nil when they do not come in time. A client that leaves meanwhile is
// to be recorded too, so its context is not asked.
//
// During a reload the former configuration has them open already. They serve
// for the new one too, also when that fails to start: its server may have been
// quicker than its books, and the requests that it took are to be recorded.
func (in *instance) wait() *books {
	if b := in.books.Load(); b != nil {
		return b
	}
	if dir, err := realPath(in.dir); err == nil {
		if b := registry.find(dir); b != nil {
			return b
		}
	}
	patience := time.NewTimer(openingPatience)
	defer patience.Stop()
	select {
	case <-in.opened:
	case <-patience.C:
	}
	return in.books.Load()
}

// realPath names a directory in one way however it is reached, so that it is
// opened once. The directory itself need not exist yet.
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

// refuses reports whether err keeps a server from starting: the directory is
// not the one that was meant, or not this process's to use. Anything else, a
// full disk or a damaged file, must not keep the site down.
func refuses(err error) bool {
	for _, reason := range []error{store.ErrForeign, store.ErrInUse, store.ErrNewer, store.ErrOtherInstance, fs.ErrPermission} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}
