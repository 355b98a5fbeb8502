package plugin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/useragent"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
)

// shelf holds the open books of the process by their directory and nothing
// else: during a reload two configurations run at once, and Badger's lock
// admits a directory once. Settings are no part of the key, or a changed one
// would open the directory a second time.
var shelf = caddy.NewUsagePool()

// openNow finds the books that are open by their directory, as configured and
// as it really is.
var openNow sync.Map

// agents is one for the process: its cache is shared, and so is the budget
// that keeps hostile user agents from costing more than a part of one core.
var agents = useragent.New()

// books are the two open logs of one instance. They are shared by all
// configurations that name their directory and closed with the last.
type books struct {
	dir, instance string
	log           *slog.Logger

	// store is nil while the directory cannot be opened: the disk is full, or
	// a file is damaged.
	store    atomic.Pointer[store.Store]
	openErr  atomic.Pointer[error]
	stopOpen context.CancelFunc
	opening  sync.WaitGroup

	// underway are the requests that closing waits for.
	underway underway
	// unrecorded counts requests, and untold events, that came while there
	// was no store.
	unrecorded, untold atomic.Uint64
	// reported is when a failure to store events was logged last.
	reported atomic.Int64

	newRequests feed[record.Request]
	newEvents   feed[record.Event]

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

func openBooks(dir, instance string, log *slog.Logger) (*books, error) {
	if b := takeBack(dir); b != nil {
		return b, nil
	}
	b := &books{dir: dir, instance: instance, log: log}
	ctx, cancel := context.WithCancel(context.Background())
	b.stopOpen = cancel
	err := b.open()
	if err != nil && refuses(err) {
		cancel()
		return nil, err
	}
	if err != nil {
		log.Error("the site goes on without its books until they can be opened", "error", err)
		b.opening.Go(func() { b.openAgain(ctx) })
	}
	openNow.Store(dir, b)
	return b, nil
}

func (b *books) open() error {
	s, err := store.Open(b.dir, store.Options{
		Instance: b.instance,
		Log:      b.log,
		Observe:  b.observe,
		Stored:   b.stored,
	})
	if err != nil {
		b.openErr.Store(&err)
		return err
	}
	b.store.Store(s)
	return nil
}

// openAgain tries until the store opens, and tells the gap in its log.
func (b *books) openAgain(ctx context.Context) {
	since := time.Now()
	tick := time.NewTicker(openAgainEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := b.open(); err == nil {
			break
		}
	}
	b.log.Info("the books are open again", "unrecorded", b.unrecorded.Load(), "lost_events", b.untold.Load())
	if err := b.events().Append(ctx, store.Gap(since, time.Now(), 0, b.untold.Load())); err != nil {
		b.log.Error("writing the gap into the application log", "error", err)
	}
}

// Destruct closes the books.
func (b *books) Destruct() error {
	b.stopOpen()
	b.opening.Wait()
	openNow.CompareAndDelete(b.dir, b)
	return closeLast(b.close)
}

// close waits for the requests under way, a little. Those that the process cuts
// off because it exits are recorded as far as they came; while it lives on,
// they go on too, and come too late.
func (b *books) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closingPatience)
	defer cancel()
	b.underway.wait(ctx)
	if caddy.Exiting() {
		b.underway.each((*exchange).interrupt)
	}
	s := b.store.Load()
	if s == nil {
		return nil
	}
	err := s.Close()
	if errors.Is(err, store.ErrDiskFull) && !caddy.Exiting() {
		b.putAside()
	}
	if err != nil {
		return fmt.Errorf("closing %s: %w", b.dir, err)
	}
	return nil
}

// aside holds the books that nobody uses and that cannot be closed until there
// is space on the disk.
var aside sync.Map

// putAside closes the books when there is space, unless a configuration takes
// them back before.
func (b *books) putAside() {
	aside.Store(b.dir, b)
	b.log.Error("the books stay open until there is space to close them", "dir", b.dir)
	go func() {
		for range time.Tick(openAgainEvery) {
			if !aside.CompareAndDelete(b.dir, b) {
				return
			}
			err := b.store.Load().Close()
			if err == nil {
				return
			}
			if !errors.Is(err, store.ErrDiskFull) {
				b.log.Error("closing the books", "dir", b.dir, "error", err)
				return
			}
			aside.Store(b.dir, b)
		}
	}()
}

// takeBack returns the books of dir if they have been put aside.
func takeBack(dir string) *books {
	b, there := aside.LoadAndDelete(dir)
	if !there {
		return nil
	}
	openNow.Store(dir, b)
	return b.(*books)
}

// use makes app the one that observes; unuse gives way to the one before. So a
// configuration that fails to start leaves no trace.
func (b *books) use(app *App) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.apps = append(b.apps, app)
	b.app.Store(app)
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
	}
}

// observe names what only the background has time to name.
func (b *books) observe(r *record.Request) {
	r.Browser, r.OS = agents.Parse(r.UserAgent)
	if app := b.app.Load(); app != nil {
		if app.geo != nil {
			r.Country, r.ASN, r.ASOrg = app.geo.Lookup(r.IP)
		}
		app.Output.request(r)
	}
	if b.newRequests.followed() {
		b.newRequests.send(r.Clone())
	}
}

func (b *books) stored(e *record.Event) {
	if app := b.app.Load(); app != nil {
		app.Output.event(b.instance, e)
	}
	if b.newEvents.followed() {
		b.newEvents.send(*e)
	}
}

// record puts a request into the server log, or counts it when that is not
// possible.
func (b *books) record(r *record.Request) {
	if s := b.store.Load(); s != nil {
		s.Requests.Record(r)
		return
	}
	b.unrecorded.Add(1)
}

// events is the application log; it is nil while there is no store.
func (b *books) events() *store.AppLog {
	if s := b.store.Load(); s != nil {
		return s.Events
	}
	return nil
}

// down says why events cannot be stored now, or nil.
func (b *books) down() error {
	if log := b.events(); log != nil {
		return log.Down()
	}
	return b.whyClosed()
}

func (b *books) whyClosed() error {
	if err := b.openErr.Load(); err != nil {
		return *err
	}
	return errors.New("the books are closed")
}

// health is what the store says, and that there is none.
func (b *books) health() record.Health {
	h := record.Health{Instance: b.instance, State: record.StateOK}
	s := b.store.Load()
	if s == nil {
		reason := b.whyClosed().Error()
		h.State = record.StateDown
		h.ServerLog = &record.BookHealth{State: record.StateDown, Error: reason, Dropped: b.unrecorded.Load()}
		h.ApplicationLog = &record.BookHealth{State: record.StateDown, Error: reason, Dropped: b.untold.Load()}
		return h
	}
	requests, events := s.Requests.Health(), s.Events.Health()
	requests.Dropped += b.unrecorded.Load()
	events.Dropped += b.untold.Load()
	h.ServerLog, h.ApplicationLog = &requests, &events
	if requests.State != record.StateOK || events.State != record.StateOK {
		h.State = record.StateDown
	}
	return h
}
