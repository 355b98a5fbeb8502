package applog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// AppLog is the application log: events that are on the disk before their
// response is. Its methods may be called from any goroutine.
type Log struct {
	db    *badger.DB
	o     Options
	space kv.Space
	// commit is (*badger.Txn).Commit, or a test's way to have it go wrong.
	commit func(*badger.Txn) error

	queue callQueue
	spill spillBuffer
	// damage is what was found when the log was opened.
	damage damage
	// down is why the last commit failed; nil when it did not.
	down atomic.Pointer[error]

	// flags is at most how many flags were stored since they were last counted.
	flags atomic.Int64

	recorded, dropped, duplicates, conflicts, rejected, lateStored atomic.Uint64
	// lastFlush is when the last commit succeeded, in Unix microseconds; 0
	// before the first.
	lastFlush atomic.Int64

	// rewriting is held by whoever takes away entries or parts of them, and by
	// whoever makes blocks, from reading the entries to the commit: a block never
	// brings back what was removed.
	rewriting sync.Mutex
	// taken counts how often something was taken away; rewriting guards it. freeing
	// is held by whoever gives the disk back.
	removals   uint64
	compacting sync.Mutex
	// blocksDue says that blocks may be missing; spoilt are some that are there
	// and no use.
	blocksDue chan struct{}
	invalid   invalidBlocks
	// mostWalked is how many entries are looked at in an index before the blocks
	// are searched: mostWalked unless a test says otherwise.
	maxWalked int

	// deciding is held by whoever writes the ledger, until the log agrees with it.
	ledgerMu sync.Mutex
	// readers are those who may still see what is deleted.
	readers kv.Readers
	// reading is held while something reads the database, so that Close does
	// not unmap the files under it.
	reading sync.RWMutex

	stop                              chan struct{}
	spillDone, commitDone, blocksDone chan struct{}
	closeOnce                         sync.Once
	closeErr                          error
}

// Appended says what became of one event.
type Appended struct {
	// Seq is the event's number, given now or when it was first stored.
	Seq uint64
	// Duplicate says that the same event was stored before.
	Duplicate bool
}

// openAppLog opens or creates the application log in dir.
func Open(dir string, o Options) (*Log, error) {
	a, err := newAppLog(dir, o)
	if err != nil {
		return nil, err
	}
	a.start()
	if err := a.applyLedger(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the application log in %s: %w", dir, err), a.Close())
	}
	return a, nil
}

// newAppLog opens the database; nothing runs before start.
func newAppLog(dir string, o Options) (*Log, error) {
	o = o.withDefaults()
	if err := kv.RepairFiles(dir, o.Log); err != nil {
		return nil, fmt.Errorf("opening the application log in %s: %w", dir, err)
	}
	db, err := kv.Open(kv.SyncWrites(dir), o.Log)
	if err != nil {
		return nil, err
	}
	a := &Log{
		db:         db,
		o:          o,
		space:      kv.Space{Dir: dir, Minimum: o.MinFree, Free: o.Free},
		commit:     (*badger.Txn).Commit,
		stop:       make(chan struct{}),
		spillDone:  make(chan struct{}),
		commitDone: make(chan struct{}),
		blocksDone: make(chan struct{}),
		blocksDue:  make(chan struct{}, 1),
		maxWalked:  maxWalked,
	}
	a.queue.init()
	a.spill.init()
	if err := errors.Join(a.repair(), a.view(a.look)); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the application log in %s: %w", dir, err), db.Close())
	}
	return a, nil
}

// look sees to it that what every transaction reads can be read.
func (a *Log) look(txn *badger.Txn) (err error) {
	if a.damage, err = readDamage(txn); err != nil {
		return err
	}
	if err := a.damage.error(); err != nil {
		a.o.Log.Error("the application log is damaged", "error", err)
	}
	_, err = codec.ReadLast(txn)
	return err
}

func (a *Log) start() {
	if err := a.space.Check(); err != nil {
		a.fail(err)
	}
	go a.commitLoop()
	go a.spillLoop()
	go a.blockLoop()
	a.wakeBlocks()
}

// Append returns when all events are on the disk, in one transaction unless
// they need more than one can hold (some 500 events or 500 KiB). An event that
// is stored already, by its id and what it tells, is not stored again: Append
// is safe to repeat. An event without a time happened now.
//
// When ctx ends, Append returns its error though the events may still be
// stored. The error is ErrClosed after Close, and says ErrDiskFull when that is
// why.
func (a *Log) Append(ctx context.Context, events ...record.Event) error {
	_, err := a.AppendEach(ctx, events)
	return err
}

// AppendEach is Append, and says what became of each event.
func (a *Log) AppendEach(ctx context.Context, events []record.Event) ([]Appended, error) {
	if len(events) == 0 {
		return nil, nil
	}
	call := newCall(len(events))
	for i := range events {
		e, err := a.newEntry(events[i])
		if err != nil {
			return nil, fmt.Errorf("event %d of %d: %w", i+1, len(events), err)
		}
		call.add(e)
	}
	if err := a.submit(ctx, call); err != nil {
		return nil, fmt.Errorf("appending %d events: %w", len(events), err)
	}
	out := make([]Appended, len(call.entries))
	for i, e := range call.entries {
		out[i] = Appended{Seq: e.event.Seq, Duplicate: e.state == entryDuplicate}
	}
	return out, nil
}

// submit hands call to the committer and waits for its answer.
func (a *Log) submit(ctx context.Context, call *appendCall) error {
	if err := a.queue.put(ctx, call); err != nil {
		return err
	}
	select {
	case <-call.done:
		return call.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Reject counts n events that were refused before they came here.
func (a *Log) Reject(n int) { a.rejected.Add(uint64(n)) }

// Down says why the log cannot be written; nil while it can. It costs one
// atomic load.
func (a *Log) Down() error {
	if err := a.down.Load(); err != nil {
		return *err
	}
	return nil
}

// fail says that the log cannot be written, from now on.
func (a *Log) fail(err error) {
	if a.down.Swap(&err) == nil {
		a.o.Log.Error("the application log cannot be written", "error", err)
	}
	a.spill.failed(a.o.Now())
}

// succeed says that a commit went well.
func (a *Log) succeed() {
	now := a.o.Now()
	a.lastFlush.Store(now.UnixMicro())
	if a.down.Swap(nil) != nil {
		a.o.Log.Info("the application log can be written again")
		a.spill.recovered(now)
	}
}

// Close stores what waits, tries for the last time to store what was kept, and
// closes the database. The error says how many events were lost, if any.
func (a *Log) Close() error {
	a.closeOnce.Do(func() {
		close(a.stop)
		<-a.spillDone
		a.queue.close()
		<-a.commitDone
		<-a.blocksDone
		a.reading.Lock()
		defer a.reading.Unlock()
		var lost error
		if n := a.spill.lostAtClose; n > 0 {
			lost = errors.Join(fmt.Errorf("closing the application log: %d events that were kept in memory are lost", n), a.Down())
		}
		a.closeErr = errors.Join(lost, a.db.Close())
	})
	return a.closeErr
}
