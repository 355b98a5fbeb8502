package plugin

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/useragent"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/serverlog"
)

// agents is one for the process: its cache is shared, and so is the budget
// that keeps hostile user agents from costing more than a part of one core.
var agents = useragent.New()

// books are the two open logs of one instance. They are shared by all
// configurations that name their directory and closed with the last.
type books struct {
	dir, instance string
	log           *slog.Logger

	// store is nil while the directory cannot be opened: the disk is full, or
	// both books are damaged. If one of them is, it has the other.
	store    atomic.Pointer[store.Store]
	openErr  atomic.Pointer[error]
	stopOpen context.CancelFunc
	opening  sync.WaitGroup

	// barrier holds up reads of the application log while retention is overdue,
	// zone is the one that its people chose, nil if they did not, and deciding is
	// held by whoever changes how long it keeps what.
	barrier  logs.ReadBarrier
	zone     atomic.Pointer[time.Location]
	deciding sync.Mutex
	// keeper deletes what is too old.
	keeper atomic.Pointer[keeper]

	// detection tells attackers from visitors.
	detection *detection.Detection

	// inFlight are the requests that closing waits for.
	inFlight logs.InFlight
	// unrecorded counts requests, and untold events, that came while there
	// was no store.
	unrecorded, untold atomic.Uint64
	// reported is when a failure to store events was logged last.
	reported atomic.Int64

	newRequests logs.Feed[record.Request]
	newEvents   logs.Feed[record.Event]

	mu   sync.Mutex
	apps []*App
	// app is the newest configuration's: it names countries and has outputs.
	app atomic.Pointer[App]
}

// How long closing waits for requests under way, and how often a store that
// could not be opened is tried again.
const (
	closingPatience = 2 * time.Second
	openAgainEvery  = 5 * time.Second
)

func newBooks(dir, instance string, log *slog.Logger) *books {
	b := &books{dir: dir, instance: instance, log: log}
	b.detection = detection.New(detection.Options{Instance: instance, Log: log, AppLog: b.events, Locate: b.locate, Emit: b.emit})
	return b
}

// locate returns the country and the network of an address.
func (b *books) locate(addr netip.Addr) (country string, asn uint32) {
	if app := b.app.Load(); app != nil && app.geo != nil {
		country, asn, _ = app.geo.Lookup(addr)
	}
	return country, asn
}

// emit emits a Caddy event.
func (b *books) emit(event string, data map[string]any) {
	if app := b.app.Load(); app != nil && app.events != nil {
		app.events.Emit(app.ctx, event, data)
	}
}

// use makes app the one that observes; unuse gives way to the one before. So a
// configuration that fails to start leaves no trace.
func (b *books) use(app *App) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.apps = append(b.apps, app)
	b.app.Store(app)
	b.detect(app)
}

// detect has the detector do what a configuration wants of it.
func (b *books) detect(app *App) {
	if in := app.instances[b.instance]; in != nil {
		if err := b.detection.Configure(in.detectionSettings()); err != nil {
			b.log.Error("abuse is detected as before", "instance", b.instance, "error", err)
		}
	}
}

func (b *books) unuse(app *App) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, a := range b.apps {
		if a == app {
			b.apps = append(b.apps[:i:i], b.apps[i+1:]...)
			break
		}
	}
	if n := len(b.apps); n > 0 {
		b.app.Store(b.apps[n-1])
		b.detect(b.apps[n-1])
	}
}

// name names what only the background has time to name, and what an import has
// not named already.
func (b *books) name(r *record.Request) {
	if !named(r) {
		r.Browser, r.OS = agents.Parse(r.UserAgent)
	}
	if app := b.app.Load(); app != nil && app.geo != nil && r.Country == "" && r.ASN == 0 {
		r.Country, r.ASN, r.ASOrg = app.geo.Lookup(r.IP)
	}
}

// observe hands a request on to those who follow the log.
func (b *books) observe(r *record.Request) {
	if app := b.app.Load(); app != nil {
		app.output.Request(r)
	}
	if b.newRequests.Followed() {
		b.newRequests.Send(r.Clone())
	}
}

func (b *books) stored(e *record.Event) {
	if app := b.app.Load(); app != nil {
		app.output.Event(b.instance, e)
	}
	if b.newEvents.Followed() {
		b.newEvents.Send(*e)
	}
}

// record puts a request into the server log, or counts it when that is not
// possible.
func (b *books) record(r *record.Request) {
	if log, _ := b.requests(); log != nil {
		log.Record(r)
		return
	}
	b.unrecorded.Add(1)
}

// requests is the server log, or why it is not open.
func (b *books) requests() (*serverlog.Log, error) {
	s := b.store.Load()
	if s == nil {
		return nil, b.whyClosed()
	}
	return s.ServerLog, s.ServerLogErr
}

// events is the application log, or why it is not open.
func (b *books) events() (*applog.Log, error) {
	s := b.store.Load()
	if s == nil {
		return nil, b.whyClosed()
	}
	return s.AppLog, s.AppLogErr
}

// down says why events cannot be stored now, or nil.
func (b *books) down() error {
	log, err := b.events()
	if err != nil {
		return err
	}
	return log.Down()
}

func (b *books) whyClosed() error {
	if err := b.openErr.Load(); err != nil {
		return *err
	}
	return errors.New("the books are closed")
}

// health is what the store says, or that there is none.
func (b *books) health() record.Health {
	var h record.Health
	if s := b.store.Load(); s != nil {
		h = s.Health()
	} else {
		none := record.BookHealth{State: record.StateDown, Error: b.whyClosed().Error()}
		requests, events := none, none
		h = record.Health{State: record.StateDown, ServerLog: &requests, ApplicationLog: &events}
	}
	h.Instance = b.instance
	h.ServerLog.Dropped += b.unrecorded.Load()
	h.ApplicationLog.Dropped += b.untold.Load()
	return h
}
