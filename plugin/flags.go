package plugin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// changed says that flags have changed. It waits for nobody.
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
				d.store(context.Background())
				return
			case <-d.news:
			case <-tick.C:
			}
			d.store(ctx)
		}
	}()
}

// flagsEvery is how long a change that nobody told of waits to be stored.
const flagsEvery = 10 * time.Second

// end stores what is left.
func (d *detection) end() {
	d.stop()
	<-d.ended
}

// store stores the flags that have changed, and tells of new states.
func (d *detection) store(ctx context.Context) {
	active := d.active.Load()
	if active == nil {
		return
	}
	// What has changed is not the asker's alone: it is stored whether or not they
	// wait for it. Events come last, since a handler may ask for flags.
	ctx = context.WithoutCancel(ctx)
	if changed, err := d.storeChanged(ctx, active); err != nil {
		d.books.log.Error("flags could not be stored; they hold until the next start", "instance", d.books.instance, "flags", len(changed), "error", err)
	} else {
		d.announce(changed)
	}
}

// storeChanged stores the flags that have changed, and says what is new of each.
func (d *detection) storeChanged(ctx context.Context, active *detecting) ([]change, error) {
	d.storing.Lock()
	defer d.storing.Unlock()
	changed := active.Changed()
	if len(changed) == 0 {
		return nil, nil
	}
	d.complete(changed)
	log, err := d.books.events()
	if err != nil {
		return nil, err
	}
	news := changesOf(ctx, log, changed)
	return news, log.PutFlags(ctx, changed...)
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

// Flags returns a page of the review queue.
func (in *instance) Flags(ctx context.Context, q record.FlagQuery) ([]record.Flag, string, error) {
	b, err := in.flagBooks(ctx)
	if err != nil {
		return nil, "", err
	}
	log, err := b.events()
	if err != nil {
		return nil, "", err
	}
	return log.Flags(ctx, q)
}

// flagBooks are the books once all flags are in them.
func (in *instance) flagBooks(ctx context.Context) (*books, error) {
	b := in.books.Load()
	if b == nil {
		return nil, errNotOpen
	}
	b.detection.store(ctx)
	return b, nil
}

// Flag is one with its evidence and the logins from its address.
func (in *instance) Flag(ctx context.Context, id string) (c record.FlagCase, err error) {
	b, err := in.flagBooks(ctx)
	if err != nil {
		return c, err
	}
	log, err := b.reading(ctx)
	if err != nil {
		return c, err
	}
	if c.Flag, err = log.Flag(ctx, id); err != nil {
		return c, err
	}
	c.Logins = []record.Event{}
	for _, seq := range slices.Backward(c.LoginSeqs) {
		e, err := log.Event(ctx, seq)
		if errors.Is(err, record.ErrNotFound) || err == nil && e.Category != categoryLogin {
			continue // deleted since, or another log's number
		}
		if err != nil {
			return c, err
		}
		c.Logins = append(c.Logins, e)
	}
	return c, nil
}

// Spared are addresses that the configuration never has refused.
func (in *instance) Spared() (list []netip.Prefix) {
	if s := in.settings.Abuse; s != nil {
		for _, text := range s.Allow {
			if p, err := record.ParsePrefix(text); err == nil { // it was checked
				list = append(list, p)
			}
		}
	}
	return list
}

// Decide does what somebody decides. It holds, and is on the disk, when Decide
// returns.
func (in *instance) Decide(ctx context.Context, what record.Deciding) (record.Flag, error) {
	b := in.books.Load()
	if b == nil {
		return record.Flag{}, errNotOpen
	}
	d := &b.detection
	active := d.active.Load()
	if active == nil {
		return record.Flag{}, errNotOpen
	}
	log, err := b.events()
	if err != nil {
		return record.Flag{}, err
	}
	if err := what.Check(); err != nil {
		return record.Flag{}, err
	}
	now := time.Now()
	one := record.Decision{Decision: what.Decision, By: what.By, Note: what.Note}
	if held := holdsFor(what, active.settings); held > 0 {
		one.Until = now.Add(held).UTC()
	}
	if err := d.know(ctx, active, what.Subject); err != nil {
		return record.Flag{}, err
	}
	if _, err := active.Decide(what.Subject, one, now); err != nil {
		return record.Flag{}, &record.ParamError{Param: "decision", Reason: err.Error()}
	}
	d.store(ctx)
	f, err := log.Flag(ctx, abuse.FlagID(what.Subject))
	if err != nil {
		return f, fmt.Errorf("the decision holds until the next start, but could not be stored: %w", err)
	}
	if n := len(f.Decisions); n == 0 || f.Decisions[n-1].By != one.By || !f.Decisions[n-1].Until.Equal(one.Until) {
		return f, errors.New("the decision holds until the next start, but could not be stored; the server's own log says why")
	}
	return f, nil
}

// know has the detector know a flag that it has forgotten and the store has not.
func (d *detection) know(ctx context.Context, active *detecting, s record.FlagSubject) error {
	if _, known := active.Flag(s); known {
		return nil
	}
	log, err := d.books.events()
	if err != nil {
		return err
	}
	f, err := log.Flag(ctx, abuse.FlagID(s))
	if errors.Is(err, record.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	active.Restore([]record.Flag{f}, time.Now())
	return nil
}

// holdsFor is how long a decision holds; 0 is for ever.
func holdsFor(what record.Deciding, s *AbuseSettings) time.Duration {
	if what.For > 0 {
		return what.For
	}
	switch what.Decision {
	case record.DecideBan, record.DecideThrottle:
		if s != nil && s.Ban > 0 {
			return time.Duration(s.Ban)
		}
		return defaultBan
	}
	return 0
}

const defaultBan = 15 * time.Minute
