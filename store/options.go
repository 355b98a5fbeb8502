package store

import (
	"errors"
	"log/slog"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Errors that occur when opening a directory. The error that Open returns
// wraps one of them, names the directory and says what to do.
var (
	// ErrForeign says that the directory holds something else.
	ErrForeign = errors.New("not a Gatebook directory")
	// ErrInUse says that another process has the directory open.
	ErrInUse = errors.New("in use by another process")
	// ErrNewer says that a newer version of Gatebook wrote the directory.
	ErrNewer = errors.New("written by a newer version")
	// ErrOtherInstance says that the directory holds another instance's books.
	ErrOtherInstance = errors.New("belongs to another instance")
)

// Errors that occur while reading or writing.
var (
	// ErrClosed says that the store has been closed.
	ErrClosed = errors.New("the store is closed")
	// ErrDiskFull says that too little space is left to write safely.
	ErrDiskFull = errors.New("the disk is full")
)

// Options are what a store needs from its house. The zero value works.
type Options struct {
	// Instance is the name that records of this store carry.
	Instance string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log takes what background work has to report; nil means nowhere.
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

	// ledger is the instance's; the zero value keeps none.
	ledger ledger
	// free is freeBytes unless a test says otherwise; both books ask it.
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
		o.MinFree = 64 << 20
	}
	if o.QueueBytes == 0 {
		o.QueueBytes = 8 << 20
	}
	if o.FlushEvery == 0 {
		o.FlushEvery = time.Second
	}
	if o.free == nil {
		o.free = freeBytes
	}
	return o
}
