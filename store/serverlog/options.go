package serverlog

import (
	"log/slog"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// Options configure a server log. The zero value works.
type Options struct {
	// Instance is the name that the requests carry.
	Instance string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log receives the messages of background work; nil discards them.
	Log *slog.Logger
	// Name is called once for each request, imported ones included, off the
	// request path and one at a time, before it is written; it may name the
	// browser, the system, the country and the network. It must keep neither
	// the record nor any of its texts, not as a map's key either: their bytes
	// are used again.
	Name func(*record.Request)
	// Observe is called after Name, but not for imported requests, and like it
	// keeps nothing.
	Observe func(*record.Request)
	// MinFree is how many bytes must be free on the disk for anything to be
	// written; 0 means kv.DefaultMinFree.
	MinFree uint64
	// QueueBytes bounds the memory in which requests wait to be written;
	// 0 means 8 MiB.
	QueueBytes int
	// FlushEvery is the longest time that a request waits in the queue;
	// 0 means one second.
	FlushEvery time.Duration
	// Free reports how many bytes may still be written under dir; nil means
	// kv.FreeBytes.
	Free func(dir string) (uint64, error)
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
	if o.QueueBytes == 0 {
		o.QueueBytes = 8 << 20
	}
	if o.FlushEvery == 0 {
		o.FlushEvery = time.Second
	}
	if o.Free == nil {
		o.Free = kv.FreeBytes
	}
	return o
}
