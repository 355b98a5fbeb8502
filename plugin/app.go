package plugin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/geo"
	"github.com/gatebook/gatebook/plugin/output"
	"github.com/gatebook/gatebook/plugin/request"
	"go.uber.org/zap"
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
	// consoles is where the consoles of each server are reached. Servers have ports of
	// their own, which the names of hosts in a configuration lack.
	consoles map[*caddyhttp.Server]*request.Consoles
	// before is the app that ran until this one started.
	before *App
	// gone says that Cleanup has been called.
	gone atomic.Bool
}

// running is the app of the configuration in force; the admin endpoint, whose
// modules are provisioned before any app, finds it here.
var running atomic.Pointer[App]

// runningInstances returns the instances of the configuration in force.
func runningInstances() map[string]*instance {
	if app := running.Load(); app != nil {
		return app.instances
	}
	return nil
}

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
	a.consoles = map[*caddyhttp.Server]*request.Consoles{}
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
	return registerMetrics(ctx, runningInstances)
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
		o := &observer{a.geo, a.output, a.emit, name}
		if err := a.instances[name].open(a.ctx.Slogger(), o); err != nil {
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

func (a *App) subscribe(ctx caddy.Context) error {
	val, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("loading the events app: %w", err)
	}
	a.events = val.(*caddyevents.App)
	return errors.Join(a.events.On("started", a), a.events.On("stopping", a))
}

// consolesOf returns where the consoles of a server are reached.
func (a *App) consolesOf(srv *caddyhttp.Server) *request.Consoles {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.consoles[srv] == nil {
		a.consoles[srv] = new(request.Consoles)
	}
	return a.consoles[srv]
}

// emit emits a Caddy event.
func (a *App) emit(event string, data map[string]any) { a.events.Emit(a.ctx, event, data) }

// Handle handles the event that the configuration has come into force, or is about to
// stop.
func (a *App) Handle(_ context.Context, e caddy.Event) error {
	if e.Name() == "stopping" {
		a.stop()
		return nil
	}
	for _, in := range a.instances {
		in.ref.SetInForce()
	}
	return nil
}

// Interface guards
var (
	_ caddy.App           = (*App)(nil)
	_ caddy.Provisioner   = (*App)(nil)
	_ caddy.CleanerUpper  = (*App)(nil)
	_ caddyevents.Handler = (*App)(nil)
)
