package plugin

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// changed says that there is something to store, flags or who is known. It waits for
// nobody.
func (d *detection) changed() {
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// start has a worker store flags that change and tell of them.
func (d *detection) start(b *books) {
	ctx, cancel := context.WithCancel(context.Background())
	d.books, d.news, d.stop, d.ended = b, make(chan struct{}, 1), cancel, make(chan struct{})
	d.claims = claims{make(chan crawlerClaim, maxClaims), net.DefaultResolver}
	go d.look(ctx)
	go func() {
		defer close(d.ended)
		// Some change without news, such as bans that are over.
		tick := time.NewTicker(flagsEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				d.lastStore()
				return
			case <-d.news:
			case <-tick.C:
			}
			_ = d.store(ctx) // it has told why
		}
	}()
}

func (d *detection) lastStore() {
	if err := d.store(context.Background()); err != nil {
		d.books.log.Error("flags that could not be stored are lost", "instance", d.books.instance, "error", err)
	}
}

// flagsEvery is how long a change that nobody told of waits to be stored.
const flagsEvery = 10 * time.Second

// end stores what is left.
func (d *detection) end() {
	d.stop()
	<-d.ended
}

// store stores what has changed, and tells of new states. What it could not store
// it tries again the next time.
func (d *detection) store(ctx context.Context) error {
	// What has changed is not the asker's alone: it is stored whether or not they
	// wait for it. Events come last, since a handler may ask for flags.
	changed, err := d.storeChanged(context.WithoutCancel(ctx))
	if failed := err != nil; d.failing.Swap(failed) != failed {
		if failed {
			d.books.log.Error("flags cannot be stored; they hold, and it is tried again", "instance", d.books.instance, "error", err)
		} else {
			d.books.log.Info("flags are stored again", "instance", d.books.instance)
		}
	}
	if err == nil {
		d.announce(changed)
	}
	return err
}

// storeChanged stores what has changed, flags and who is known, and says which flags
// have a state that is new.
func (d *detection) storeChanged(ctx context.Context) (news []change, err error) {
	d.storing.Lock()
	defer d.storing.Unlock()
	active := d.active.Load()
	if active == nil {
		return nil, nil
	}
	known, flags := active.TakeKnown(), active.TakeChanged()
	if len(known) == 0 && len(flags) == 0 {
		return nil, nil
	}
	defer func() {
		if err != nil {
			active.ReturnKnown(known)
			active.ReturnChanged(flags, time.Now())
		}
	}()
	log, err := d.books.events()
	if err != nil {
		return nil, err
	}
	if err := log.PutKnown(ctx, active.Seed(), known); err != nil {
		return nil, err
	}
	known = nil // stored: not to be returned if the flags fail
	if news, err = merge(ctx, log, active, flags); err != nil {
		return nil, err
	}
	d.complete(flags)
	return news, log.PutFlags(ctx, flags...)
}

// complete adds what the detector does not know.
func (d *detection) complete(flags []record.Flag) {
	now := time.Now().UTC()
	app := d.books.app.Load()
	for i := range flags {
		f := &flags[i]
		f.Changed = now
		prefix, err := netip.ParsePrefix(f.Subject.Value)
		if err != nil {
			continue
		}
		f.LoginSeqs = d.logins.within(prefix)
		if app != nil && app.geo != nil && f.Country == "" {
			f.Country, f.ASN, _ = app.geo.Lookup(prefix.Addr())
		}
	}
}

// merge adds what is stored of flags that the detector had forgotten, and says what
// is new of each.
func merge(ctx context.Context, log *applog.Log, active *detecting, flags []record.Flag) ([]change, error) {
	list := make([]change, len(flags))
	for i := range flags {
		f := &flags[i]
		old, err := storedFlag(ctx, log, f.ID)
		if err != nil {
			return nil, err
		}
		if joined, forgotten := active.Merge(f.Subject, old, time.Now()); forgotten {
			joined.Evidence = f.Evidence
			*f = joined
		}
		list[i] = change{f, eventOf(old, f)}
	}
	return list, nil
}

// storedFlag is nil where there is none.
func storedFlag(ctx context.Context, log *applog.Log, id string) (*record.Flag, error) {
	f, err := log.Flag(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return nil, nil
	}
	return &f, err
}
