package store

import (
	"log/slog"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/applog/ledger"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog"
)

// Options configure a store. The zero value works.
type Options struct {
	// Instance is the name that records of this store carry.
	Instance string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log receives the messages of background work; nil discards them.
	Log *slog.Logger
	// Name is called once for each request, imported ones included, off the
	// request path and one at a time, before it is written; it may name the
	// browser, the system, the country and the network. It must keep neither the record
	// nor any of its texts, not as a map's key either: their bytes are used
	// again.
	Name func(*record.Request)
	// Observe is called after Name, but not for imported requests, and like it
	// keeps nothing.
	Observe func(*record.Request)
	// Stored is called once for each event that was new, after it is on the
	// disk; it must not keep the event.
	Stored func(*record.Event)
	// MinFree is how many bytes must be free on the disk for anything to be
	// written; 0 means 64 MiB. Badger maps its files, and a page that the
	// disk cannot back kills the process (badger #1682), so writing has to
	// stop before the disk is full.
	MinFree uint64
	// QueueBytes bounds the memory in which requests wait to be written;
	// 0 means 8 MiB.
	QueueBytes int
	// FlushEvery is the longest time that a request waits in the queue;
	// 0 means one second.
	FlushEvery time.Duration

	// free is kv.FreeBytes unless a test replaces it; both logs use it.
	free func(dir string) (uint64, error)
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
	if o.free == nil {
		o.free = kv.FreeBytes
	}
	return o
}

// serverLog returns the options of the server log.
func (o Options) serverLog() serverlog.Options {
	return serverlog.Options{
		Instance: o.Instance, Now: o.Now, Log: o.Log, Name: o.Name, Observe: o.Observe,
		MinFree: o.MinFree, QueueBytes: o.QueueBytes, FlushEvery: o.FlushEvery, Free: o.free,
	}
}

// appLog returns the options of the application log, whose ledger is the file
// beside dir.
func (o Options) appLog(dir string) applog.Options {
	return applog.Options{
		Now: o.Now, Log: o.Log, Stored: o.Stored, MinFree: o.MinFree, Free: o.free, Ledger: ledger.Beside(dir),
	}
}
