package plugin

import (
	"context"
	"reflect"
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
	mu     sync.Mutex // held while active changes
	// storing is held while flags go from the detector to the store, so that an
	// older state never overwrites a newer one.
	storing sync.Mutex
	logins  recentLogins
	claims  claims
	// news says that flags have changed.
	news  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
}

// detecting is a detector and the settings that it was made of.
type detecting struct {
	*abuse.Detector
	settings *AbuseSettings
	// abort says that a banned client gets no answer.
	abort bool
	// cookie is the name of the application's session cookie, "" for none.
	cookie string
}

// configure makes the detector what settings want. One that changes begins with
// the flags and decisions of the one before, and with empty buckets.
func (d *detection) configure(s *Settings) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := &detecting{settings: s.Abuse}
	if s.Abuse != nil {
		next.abort = s.Abuse.OnBanned == "abort"
	}
	if s.ApplicationLog != nil {
		next.cookie = s.ApplicationLog.SessionCookie
	}
	old := d.active.Load()
	if old != nil && reflect.DeepEqual(old.settings, s.Abuse) {
		next.Detector = old.Detector
		d.active.Store(next)
		return nil
	}
	config, err := s.Abuse.Detector()
	if err != nil {
		return err
	}
	config.Verify = d.claims.verify
	if next.Detector, err = abuse.New(config); err != nil {
		return err
	}
	if old != nil {
		d.store(context.Background())
	}
	flags, err := d.books.storedFlags()
	if err != nil {
		d.books.log.Error("flags and bans from before cannot be read", "instance", d.books.instance, "error", err)
	}
	next.Restore(flags, time.Now())
	d.active.Store(next)
	return nil
}

func (b *books) storedFlags() (list []record.Flag, err error) {
	log, err := b.events()
	if err != nil {
		return nil, err
	}
	err = log.EachFlag(context.Background(), func(f *record.Flag) error {
		list = append(list, *f)
		return nil
	})
	return list, err
}
