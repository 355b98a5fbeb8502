package plugin

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// detection is what an instance's books know about abuse. It is shared by all
// configurations that name their directory, as the books are, so that a reload
// loses no ban and no count.
type detection struct {
	books *books
	// active is nil until a configuration uses the books.
	active atomic.Pointer[detecting]
	// mu is held while active changes, and by whoever must not lose what they do
	// to it.
	mu sync.Mutex
	// storing is held while flags go from the detector to the store, so that an
	// older state never overwrites a newer one.
	storing sync.Mutex
	// failing says that the last attempt to store failed.
	failing atomic.Bool
	logins  recentLogins
	claims  claims
	// news says that there is something to store.
	news  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
}

// detecting is a detector and the settings that it works by.
type detecting struct {
	*abuse.Detector
	settings *AbuseSettings
	config   abuse.Config
	// abort says that a banned client gets no answer.
	abort bool
	// cookie is the name of the application's session cookie, "" for none.
	cookie string
}

// configure replaces the settings of the detection, and the configuration of the
// detector.
func (d *detection) configure(s *Settings, config abuse.Config) (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	config.Verify = d.claims.verify
	next := &detecting{settings: s.Abuse, config: config}
	if s.Abuse != nil {
		next.abort = s.Abuse.OnBanned == "abort"
	}
	if s.ApplicationLog != nil {
		next.cookie = s.ApplicationLog.SessionCookie
	}
	if old := d.active.Load(); old == nil {
		err = d.begin(next)
	} else {
		err = d.goOn(next, old)
	}
	if err == nil {
		d.active.Store(next)
	}
	return err
}

// goOn makes next a detector that has seen all that old has.
func (d *detection) goOn(next, old *detecting) error {
	var err error
	next.Detector, err = old.With(next.config)
	return err
}

// begin makes next a detector that knows what is stored.
func (d *detection) begin(next *detecting) error {
	config := next.config
	flags, known, seed, err := d.stored()
	if err != nil {
		d.books.log.Error("flags and bans from before cannot be read", "instance", d.books.instance, "error", err)
	}
	config.Seed = seed
	if next.Detector, err = abuse.New(config); err != nil {
		return err
	}
	now := time.Now()
	next.Restore(flags, now)
	next.RestoreKnown(known, now)
	return nil
}

// stored is what the application log has for a detector. A log that is not open has
// nothing: [detection.opened] comes when it is.
func (d *detection) stored() (flags []record.Flag, known []record.Known, seed uint64, err error) {
	log, err := d.books.events()
	if err != nil {
		return nil, nil, 0, nil
	}
	err = log.EachFlag(context.Background(), func(f *record.Flag) error {
		flags = append(flags, *f)
		return nil
	})
	if err != nil {
		return nil, nil, 0, err
	}
	if seed, err = log.Seed(); err != nil {
		return flags, nil, 0, err
	}
	err = log.EachKnown(context.Background(), func(one record.Known) { known = append(known, one) })
	return flags, known, seed, err
}

// opened is for a log that opened late: the detector begins anew with what is in
// it, and with what was found and decided meanwhile.
func (d *detection) opened() error {
	news, err := d.beginAgain(context.Background())
	d.announce(news)
	return err
}

func (d *detection) beginAgain(ctx context.Context) ([]change, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.active.Load()
	if old == nil {
		return nil, nil
	}
	news, err := d.storeChanged(ctx)
	if err != nil {
		return nil, err
	}
	next := *old
	if err := d.begin(&next); err != nil {
		return news, err
	}
	d.active.Store(&next)
	return news, nil
}

// forget drops the flags that which names, from memory and then from the log.
func (d *detection) forget(ctx context.Context, which func(*record.Flag) bool) error {
	active := d.active.Load()
	if active == nil {
		return nil
	}
	d.storing.Lock()
	defer d.storing.Unlock()
	if active.Forget(which) == 0 {
		return nil
	}
	log, err := d.books.events()
	if err != nil {
		return err
	}
	return log.DropFlags(ctx, which)
}

// forgetDeleted drops from memory what the retention took from the log, or it would
// come back with the next thing that happens.
func (d *detection) forgetDeleted(ctx context.Context) error {
	active := d.active.Load()
	if active == nil {
		return nil
	}
	log, err := d.books.events()
	if err != nil {
		return err
	}
	stored := map[string]bool{}
	err = log.EachFlag(ctx, func(f *record.Flag) error {
		stored[f.ID] = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking which flags are left: %w", err)
	}
	active.ForgetStored(func(f *record.Flag) bool { return !stored[f.ID] })
	return nil
}
