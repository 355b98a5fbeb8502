package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/geo"
	"github.com/gatebook/gatebook/plugin/output"
)

func init() {
	caddy.RegisterModule(&App{})
}

// App keeps the logs of all instances: the server log with every request and
// the application log with every event that an application sent in the
// response header `X-App-Event`. Instances are declared where the `gatebook`
// handler is placed.
type App struct {
	// The directory in which each instance has a directory of its own.
	// Default: `gatebook` in Caddy's data directory. Placeholders are
	// supported.
	DataDir string `json:"data_dir,omitempty"`

	// Files in MaxMind's format that name the country and the network of an
	// address. They are read again when they change.
	GeoIP []string `json:"geoip,omitempty"`

	// Where each record goes as a JSON line as well. These are copies that
	// retention and anonymization cannot reach.
	Output *Output `json:"output,omitempty"`

	ctx    caddy.Context
	log    *zap.Logger
	token  string
	geo    *geo.DB
	output *output.Output
	events *caddyevents.App

	// stopping is closed when Caddy is about to stop this configuration. Who
	// follows a log must end then, or the old server never drains: Caddy's
	// grace period is eternal by default.
	stopping chan struct{}
	stop     func()

	mu        sync.Mutex
	instances map[string]*instance
	// before is the app that ran until this one started.
	before *App
	// gone says that Cleanup has been called.
	gone atomic.Bool
}

// running is the app of the configuration in force; the admin endpoint, whose
// modules are provisioned before any app, finds it here.
var running atomic.Pointer[App]

// geoipEvery is how often the GeoIP files are looked at.
const geoipEvery = 30 * time.Second

// DefaultDataDir is the default of [App.DataDir].
func DefaultDataDir() string { return filepath.Join(caddy.AppDataDir(), "gatebook") }

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "gatebook",
		New: func() caddy.Module { return new(App) },
	}
}

// Provision checks the configuration and opens nothing: `caddy validate` runs
// it beside a server that holds the directories.
func (a *App) Provision(ctx caddy.Context) error {
	a.ctx, a.log = ctx, ctx.Logger()
	a.instances = map[string]*instance{}
	a.stopping = make(chan struct{})
	a.stop = sync.OnceFunc(func() { close(a.stopping) })
	if err := a.subscribe(ctx); err != nil {
		return err
	}

	repl := caddy.NewReplacer()
	dir := repl.ReplaceKnown(a.DataDir, "")
	if dir == "" {
		dir = DefaultDataDir()
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("data_dir %q: %w", a.DataDir, err)
	}
	a.DataDir = dir

	for i, file := range a.GeoIP {
		a.GeoIP[i] = repl.ReplaceKnown(file, "")
	}
	if len(a.GeoIP) > 0 {
		if a.geo, err = geo.Open(a.GeoIP); err != nil {
			return fmt.Errorf("geoip: %w", err)
		}
	}
	if err := a.Output.provision(repl); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return registerMetrics(ctx)
}

// declare registers an instance and where it was declared. Several places may
// declare one as long as their settings agree; empty settings agree with all.
func (a *App) declare(name, where string, settings Settings) (*instance, error) {
	if err := validInstance(name); err != nil {
		return nil, err
	}
	if err := settings.validate(); err != nil {
		return nil, fmt.Errorf("instance %q: %w", name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	in := a.instances[name]
	if in == nil {
		in = newInstance(name, filepath.Join(a.DataDir, name), a.stopping)
		a.instances[name] = in
	}
	return in, in.configure(where, settings)
}

// instance finds a declared instance; an empty name means the only one.
func (a *App) instance(name string) (*instance, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	name, err := choose(name, slices.Sorted(maps.Keys(a.instances)))
	return a.instances[name], err
}

// declared lists the instances of the whole configuration while it is being
// provisioned. A console may come before the handlers that declare instances.
func (a *App) declared(ctx caddy.Context) []string {
	names := map[string]bool{}
	a.mu.Lock()
	for name := range a.instances {
		names[name] = true
	}
	a.mu.Unlock()
	for _, handler := range caddyhooks.PendingHandlers(ctx, "gatebook") {
		name, _ := handler["instance"].(string)
		names[cmp.Or(name, DefaultInstance)] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// choose finds name among the declared instances; an empty one means the only
// one.
func choose(name string, declared []string) (string, error) {
	switch {
	case name == "" && len(declared) == 1:
		return declared[0], nil
	case name == "":
		return "", fmt.Errorf("no instance is named and %d are declared (%s); name one of them", len(declared), strings.Join(declared, ", "))
	case !slices.Contains(declared, name):
		return "", fmt.Errorf("instance %q is not declared by any gatebook directive; declared: %s", name, strings.Join(declared, ", "))
	}
	return name, nil
}

// Start opens the logs of all instances and shares those that a running
// configuration already holds. It fails, and leaves the running configuration
// as it was, where a directory cannot be used.
func (a *App) Start() error {
	if err := os.MkdirAll(a.DataDir, 0o700); err != nil {
		return fmt.Errorf("making the data directory (data_dir): %w", err)
	}
	var err error
	if a.token, err = adminToken(a.DataDir); errors.Is(err, syscall.ENOSPC) {
		// A full disk must not keep the site down. Nobody has the empty token.
		a.log.Error("the disk is full: commands are refused until a start with space for the admin token", zap.Error(err))
	} else if err != nil {
		return err
	}
	if a.output, err = a.Output.open(a.log); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(a.instances)) {
		if err := a.instances[name].open(a); err != nil {
			return fmt.Errorf("instance %q: %w", name, err)
		}
	}
	if a.geo != nil {
		go a.geo.Watch(a.ctx, geoipEvery, func(err error) {
			a.log.Error("reading a changed GeoIP file; the former one stays in use", zap.Error(err))
		})
	}
	a.before = running.Swap(a)
	return nil
}

// Stop does nothing: requests may still be in flight when it is called, so that the
// logs are released in Cleanup.
func (a *App) Stop() error { return nil }

// Cleanup releases the logs; the last configuration that used them closes them. If a
// configuration failed to start, the former one is in force again.
func (a *App) Cleanup() error {
	a.gone.Store(true)
	if a.before != nil && a.before.gone.Load() {
		a.before = nil
	}
	running.CompareAndSwap(a, a.before)
	a.before = nil
	var errs []error
	for _, in := range a.instances {
		errs = append(errs, in.ref.Close())
	}
	errs = append(errs, caddyhooks.CloseLast(a.closeRest))
	return errors.Join(errs...)
}

// closeRest closes what the logs use while they are being closed.
func (a *App) closeRest() error {
	var err error
	if a.geo != nil {
		err = a.geo.Close()
	}
	return errors.Join(err, a.output.Close())
}

// Interface guards
var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
