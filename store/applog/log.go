// Package applog keeps events, which are on the disk when Append returns, with
// blocks in which they are searched, and flags beside them. docs/format.md
// describes the keys and values.
package applog

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/dedup"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/journal"
	"github.com/gatebook/gatebook/store/kv"
)

// Log is the application log: events that are on the disk before their
// response is. Its methods may be called from any goroutine.
type Log struct {
	db    *badger.DB
	o     Options
	space kv.Space
	// journal has what the database may not have on the disk yet.
	journal *journal.Local
	// commit makes an append or a change durable, or is a test's way to have it go
	// wrong. The others are the same for the follower's transactions, for the sync of
	// the database and for the end of a segment.
	commit   func(do func() error) error
	applyTxn func(*badger.Txn) error
	syncDB   func() error
	trim     func(last uint64) error

	queue callQueue
	spill spillBuffer

	// These are the committer's: next is the number of the next event, snapshot shows
	// which ids the database has, recent those that it may not have, unresolved is the
	// batch whose append failed, and payload is a buffer.
	next       uint64
	snapshot   dedup.Snapshot
	recent     dedup.Recent
	unresolved []*entry
	payload    []byte

	// backlog is what the committer hands to the follower.
	backlog  backlog
	follower follower
	gaps     gaps
	// syncFailed is why the database could not be synced; nil while it could.
	syncFailed atomic.Pointer[error]
	// repairing says that a repair of files is due, which counts missing events.
	repairing bool
	// damage counts the events that are damaged or missing.
	damage atomic.Pointer[codec.Damage]
	// down is why the last append failed; nil when it did not.
	down atomic.Pointer[error]

	// flags is at most how many flags were stored since they were last counted.
	flags atomic.Int64

	recorded, dropped, duplicates, conflicts, rejected, lateStored atomic.Uint64
	// lastFlush is when the last commit succeeded, in Unix microseconds; 0
	// before the first.
	lastFlush atomic.Int64

	// rewriting is held while entries or parts of them are removed, and while a
	// block is made, from reading the entries to the commit: a block never brings
	// back what was removed.
	rewriting sync.Mutex
	// removals counts how often something was removed; rewriting guards it.
	// compacting is held while the disk space is freed.
	removals   uint64
	compacting sync.Mutex
	// blocksDue receives when blocks may be missing; invalid are the blocks that
	// cannot be read.
	blocksDue chan struct{}
	invalid   invalidBlocks
	// tail has what is searched of the newest entries, which are in no block yet.
	tail tail
	// oldIndexes says that there are keys of [codec.OldIndexes]. It is the follower's.
	oldIndexes bool
	// takingOver says that blocks of an older version may have no terms yet.
	takingOver atomic.Bool

	// ledgerMu is held from writing the ledger until the log agrees with it.
	ledgerMu sync.Mutex
	// readers may still see removed entries.
	readers kv.Readers
	// reading is held while something reads the database, so that Close does
	// not unmap the files under it.
	reading sync.RWMutex

	stop chan struct{}

	spillDone, commitDone, blocksDone, followDone chan struct{}

	closeOnce sync.Once
	closeErr  error
}

// Reject counts n events that were refused before they came here.
func (a *Log) Reject(n int) { a.rejected.Add(uint64(n)) }

// Down returns why the log cannot be written, or nil while it can. It costs one
// atomic load.
func (a *Log) Down() error {
	if err := a.down.Load(); err != nil {
		return *err
	}
	return nil
}

// fail notes that the log cannot be written.
func (a *Log) fail(err error) {
	if a.down.Swap(&err) == nil {
		a.o.Log.Error("the application log cannot be written", "error", err)
	}
	a.spill.failed(a.o.Now())
}

// succeed notes a commit that succeeded.
func (a *Log) succeed() {
	now := a.o.Now()
	a.lastFlush.Store(now.UnixMicro())
	if a.down.Swap(nil) != nil {
		a.o.Log.Info("the application log can be written again")
		a.spill.recovered(now)
	}
}

// view runs fn on what is stored at this moment: it waits until what was appended
// before has been applied. While the database cannot be written, fn sees what is
// there.
func (a *Log) view(ctx context.Context, fn func(*badger.Txn) error) (err error) {
	if err := a.backlog.barrier(ctx); err != nil {
		return err
	}
	return a.viewNow(fn)
}

// viewNow runs fn on what is in the database. Of what is kept beside the events, it
// is all that there is.
func (a *Log) viewNow(fn func(*badger.Txn) error) (err error) {
	a.reading.RLock()
	defer a.reading.RUnlock()
	defer kv.RecoverDamage(&err)
	if a.closing() {
		return kv.ErrClosed
	}
	defer a.readers.Enter()()
	return a.db.View(fn)
}

func (a *Log) closing() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}

// at is what txn sees of the log, to be read until ctx ends or the log is closed.
func (a *Log) at(ctx context.Context, txn *badger.Txn) *search.View {
	return &search.View{Ctx: ctx, Txn: txn, Closing: a.closing, Invalidate: a.invalidate, Tail: a.tail.view()}
}
