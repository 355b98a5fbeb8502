package serverlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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

// openServerLog opens or creates the server log in dir.
func Open(dir string, o Options) (*Log, error) {
	l, err := newServerLog(dir, o.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("opening the server log: %w", err)
	}
	l.start()
	return l, nil
}

// newServerLog opens the database and takes stock; nothing runs before start.
func newServerLog(dir string, o Options) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	disk := kv.Space{Dir: dir, Minimum: o.MinFree, Free: o.Free}
	if err := disk.Check(); err != nil {
		return nil, err // opening writes too
	}
	unzip, err := block.NewDecoder(min(4, runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	quick, err := newEncoder(zstd.SpeedFastest)
	if err != nil {
		return nil, err
	}
	if err := kv.RepairFiles(dir, o.Log); err != nil {
		return nil, err
	}
	db, err := kv.Open(kv.TimedSync(dir), o.Log)
	if err != nil {
		return nil, err
	}
	l := &Log{
		dir:     dir,
		o:       o,
		db:      db,
		queue:   newQueue(o.QueueBytes),
		unzip:   unzip,
		flushes: make(chan chan<- error),
		jobs:    make(chan func(*flusher)),
		stop:    make(chan struct{}),
	}
	if l.checkpoint, err = openCheckpoint(filepath.Join(dir, "synced")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	stock, err := l.loadManifest()
	if err != nil {
		return nil, errors.Join(err, l.checkpoint.f.Close(), db.Close())
	}
	l.flusher = flusher{
		log: l, disk: disk, manifest: stock, next: stock.next, commit: (*badger.Txn).Commit,
		quick: quick,
	}
	l.flusher.builder.Reset()
	// Taking stock has told what is missing.
	if err := errors.Join(l.flusher.dropCovered(), l.flusher.dropUnfinished(), kv.FinishAllRepairs(dir)); err != nil {
		return nil, errors.Join(err, l.checkpoint.f.Close(), db.Close())
	}
	return l, nil
}

// newEncoder makes one for small values. They have checksums of their own.
func newEncoder(level zstd.EncoderLevel) (*zstd.Encoder, error) {
	return zstd.NewWriter(nil,
		zstd.WithEncoderLevel(level),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(1<<20),
		zstd.WithEncoderCRC(false))
}

func (l *Log) newReader() *block.Reader { return block.NewReader(l.unzip) }

func (l *Log) start() {
	l.running.Go(l.flusher.run)
	l.running.Go(l.verify)
}

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

// close writes what is in the queue and closes the database. It must be called
// once only.
func (l *Log) Close() error {
	l.queue.close()
	close(l.stop)
	l.running.Wait()
	l.reading.Lock()
	defer l.reading.Unlock()
	l.closed = true
	err := errors.Join(l.flusher.lost, l.db.Close(), l.checkpoint.f.Close())
	l.unzip.Close()
	if err != nil {
		return fmt.Errorf("closing the server log: %w", err)
	}
	return nil
}
