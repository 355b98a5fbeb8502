package serverlog

import (
	"context"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// syncEvery bounds, with Options.FlushEvery, what a power cut can take.
const syncEvery = time.Second

// ServerLog is the book of requests. Requests wait in a bounded queue and are
// written in segments by one goroutine, which also merges them into larger ones;
// nobody who records waits for the disk.
// Its methods may be called by any number of goroutines.
type Log struct {
	dir        string
	o          Options
	db         *badger.DB
	queue      *queue
	unzip      *zstd.Decoder
	checkpoint checkpoint

	// flushes takes those who wait for a flush, jobs what else the flusher has
	// to do; stop ends the goroutines.
	flushes chan chan<- error
	jobs    chan func(*flusher)
	stop    chan struct{}
	running sync.WaitGroup
	flusher flusher

	// using is held for reading while the database is read.
	reading sync.RWMutex
	closed  bool
	// readers are those who read the database now.
	readers kv.Readers

	// segments are what is kept. The lock is held while a change is made to the
	// database and to the list.
	blocks struct {
		sync.RWMutex
		list catalogue
	}

	mu     sync.Mutex // guards kept
	status status
}

func (l *Log) newReader() *block.Reader { return block.NewReader(l.unzip) }

// Record puts a copy of r into the queue. It never waits, does no I/O and
// keeps nothing of r. It returns false when the request is lost, because the
// queue is full or the log is closed; [ServerLog.Health] counts those.
func (l *Log) Record(r *record.Request) bool { return l.queue.record(r) }

// Flush returns when everything recorded before the call can be read, or with
// the reason why it could not be written. It does not wait for the disk to
// sync, which follows within a second.
func (l *Log) Flush(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case l.flushes <- done:
	case <-l.stop:
		return kv.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// do has the flusher do a job and waits for it. A job that has begun goes on
// when ctx ends.
func (l *Log) do(ctx context.Context, job func(*flusher) error) error {
	done := make(chan error, 1)
	select {
	case l.jobs <- func(f *flusher) { done <- job(f) }:
	case <-l.stop:
		return kv.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-done
}

// again lets the flusher look once more whether there is something to do.
func (l *Log) wakeFlusher() {
	select {
	case l.queue.wake <- struct{}{}:
	default:
	}
}

// kept is what the log knows about itself without reading.
type status struct {
	lastFlush time.Time
	pending   int64
	dropped   uint64
	// writing, syncing and merging are why the last attempt failed.
	writing, syncing, merging error
	// damaged are the blocks that cannot be read, by their numbers, as far as
	// they are known; missing counts requests that should be there and are not.
	damaged map[[2]uint64]blockMeta
	missing uint64
}

// flusher moves requests from the queue into the database, and is the only one
// that changes it: merges, imports and retention are its work as well. All of
// it belongs to the goroutine of run.
type flusher struct {
	log      *Log
	disk     kv.Space
	manifest manifest
	// next numbers the next request; it may be some ahead of the stock.
	next uint64
	// pending are segments that are not written yet; while there are any,
	// requests stay in the queue, which bounds the memory.
	pending []change
	// unsynced says that something was written since the last sync.
	unsynced bool
	// lost says what could not be written at the end.
	lost error
	// commit is (*badger.Txn).Commit, or a test's.
	commit func(*badger.Txn) error

	builder block.Builder
	// quick compresses what will be merged soon.
	quick *zstd.Encoder

	rows    []row
	request record.Request
}

// stopping reports whether the log is being closed.
func (l *Log) stopping() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}
