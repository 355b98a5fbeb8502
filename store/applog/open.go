package applog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/journal"
	"github.com/gatebook/gatebook/store/kv"
)

// journalDir is the journal's directory in that of the log.
const journalDir = "journal"

// Open opens or creates the application log in dir.
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
	db, err := kv.Open(kv.Derived(dir), o.Log)
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(filepath.Join(dir, journalDir), o.Log)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a := &Log{
		db:         db,
		o:          o,
		space:      kv.Space{Dir: dir, Minimum: o.MinFree, Free: o.Free},
		journal:    j,
		commit:     func(do func() error) error { return do() },
		applyTxn:   (*badger.Txn).Commit,
		syncDB:     func() error { return kv.SyncDatabase(db, dir) },
		trim:       j.Trim,
		stop:       make(chan struct{}),
		spillDone:  make(chan struct{}),
		commitDone: make(chan struct{}),
		blocksDone: make(chan struct{}),
		followDone: make(chan struct{}),
		blocksDue:  make(chan struct{}, 1),
	}
	a.follower.unsynced = 1 // what was applied before may not be synced
	a.queue.init()
	a.spill.init()
	// The replay may restore what the repair would count as lost.
	for _, step := range []func() error{a.replay, a.repair, a.look, a.findOldIndexes} {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("opening the application log in %s: %w", dir, err), j.Close(), db.Close())
		}
	}
	if err := a.loadTail(); err != nil {
		o.Log.Warn("searching the application log is slow at first", "error", err)
	}
	return a, nil
}

// look checks that the values which every transaction reads can be read.
func (a *Log) look() error {
	return a.viewNow(func(txn *badger.Txn) error {
		damage, err := codec.ReadDamage(txn)
		if err != nil {
			return err
		}
		a.damage.Store(&damage)
		if err := damage.Err(); err != nil {
			a.o.Log.Error("the application log is damaged", "error", err)
		}
		end, err := codec.ReadLast(txn)
		if a.repairing { // the repair may have raised it
			a.repairing = false
			last := max(a.next-1, end.Seq)
			a.startAfter(last, last)
		}
		return err
	})
}

func (a *Log) start() {
	if err := a.space.Check(); err != nil {
		a.fail(err)
	}
	a.snapshot.Renew(a.db)
	go a.commitLoop()
	go a.followLoop()
	go a.spillLoop()
	go a.blockLoop()
	a.wakeBlocks()
}

// Close stores the waiting events, tries a last time to store the spilled ones,
// applies the journal, and closes the database. The error says how many events were lost, if any.
func (a *Log) Close() error {
	a.closeOnce.Do(func() {
		close(a.stop)
		<-a.spillDone
		a.queue.close()
		<-a.commitDone
		<-a.blocksDone
		a.backlog.close()
		<-a.followDone
		a.snapshot.Close()
		a.reading.Lock()
		defer a.reading.Unlock()
		var lost error
		if n := a.spill.lostAtClose; n > 0 {
			lost = errors.Join(fmt.Errorf("closing the application log: %d events that were kept in memory are lost", n), a.Down())
		}
		a.closeErr = errors.Join(lost, a.journal.Close(), a.db.Close())
	})
	return a.closeErr
}
