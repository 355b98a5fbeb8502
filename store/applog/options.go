package applog

import (
	"log/slog"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/ledger"
	"github.com/gatebook/gatebook/store/kv"
)

// Options configure an application log. The zero value works.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log receives the messages of background work; nil discards them.
	Log *slog.Logger
	// Stored is called once for each event that was new, after it is on the
	// disk; it must not keep the event.
	Stored func(*record.Event)
	// MinFree is how many bytes must be free on the disk for anything to be
	// written; 0 means kv.DefaultMinFree.
	MinFree uint64
	// Free reports how many bytes may still be written under dir; nil means
	// kv.FreeBytes.
	Free func(dir string) (uint64, error)
	// Ledger records what must not come back with a backup; the zero value
	// keeps no record.
	Ledger ledger.Ledger
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MinFree == 0 {
		o.MinFree = kv.DefaultMinFree
	}
	if o.Free == nil {
		o.Free = kv.FreeBytes
	}
	return o
}
