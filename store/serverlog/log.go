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

// Log is the server log. Requests wait in a bounded queue and are written in blocks
// by one goroutine, which also merges them into larger ones. Recording never waits
// for the disk. The methods of a Log may be called by any number of goroutines.
type Log struct {
	dir        string
	o          Options
	db         *badger.DB
	queue      *queue
	unzip      *zstd.Decoder
	checkpoint checkpoint

	// flushes takes the callers that wait for a flush, jobs the other work of the
	// flusher; merges receives when another merge may be due; stop ends the
	// goroutines.
	flushes chan chan<- error
	jobs    chan func(*flusher)
	merges  chan struct{}
	stop    chan struct{}
	running sync.WaitGroup
	flusher flusher

	// reading is held for reading while the database is read.
	reading sync.RWMutex
	closed  bool
	// readers are the current readers of the database.
	readers kv.Readers

	// blocks lists what is stored. The lock is held while the database and the
	// list change together.
	blocks struct {
		sync.RWMutex
		list catalogue
	}

	mu     sync.Mutex // guards status
	status status
}

func (l *Log) newReader() *block.Reader { return block.NewReader(l.unzip) }

// Record puts a copy of r into the queue. It never blocks, does no I/O and keeps
// nothing of r. It returns false when the request is lost, because the queue is
// full or the log is closed; [Log.Health] counts lost requests.
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

// do runs a job on the flusher's goroutine and waits for it. A job that has begun
// goes on when ctx ends. Pending blocks are written before, since they may take the
// place of blocks that the job reads or changes.
func (l *Log) do(ctx context.Context, job func(*flusher) error) error {
	done := make(chan error, 1)
	select {
	case l.jobs <- func(f *flusher) {
		err := f.write()
		if err == nil {
			err = job(f)
		}
		done <- err
	}:
	case <-l.stop:
		return kv.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-done
}

// status is what Health reports without reading the database.
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
	// next numbers the next request; it may be some ahead of the manifest.
	next uint64
	// pending are blocks that are not written yet; while there are any,
	// requests stay in the queue, which bounds the memory.
	pending []change
	// flushed is when requests were written last.
	flushed time.Time
	// unsynced says that something was written since the last sync.
	unsynced bool
	// lost is the error of requests that could not be written at the end.
	lost error
	// commit is (*badger.Txn).Commit, or a test's.
	commit func(*badger.Txn) error

	// current are the requests that no full block has.
	current current
	// builder is for imports.
	builder block.Builder
	// quick compresses blocks that will be merged soon.
	quick *zstd.Encoder
	// written is how many bytes imports and merges wrote since limitGarbage last
	// collected.
	written int
	// merger is there while merges go on.
	merger *merger

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
