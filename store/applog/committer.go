package applog

import (
	"errors"
	"fmt"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
	"github.com/gatebook/gatebook/store/kv"
)

// Badger syncs every transaction by itself, also those that come together. So
// one goroutine, the committer, writes them all: what came in while it was
// syncing shares the next transaction and its one fsync.

func (a *Log) commitLoop() {
	defer close(a.commitDone)
	for calls := a.queue.take(); len(calls) > 0; calls = a.queue.take() {
		var entries []*entry
		for _, call := range calls {
			entries = append(entries, call.entries...)
			switch {
			case call.job != nil:
				call.answer(0, call.job())
			case len(call.entries) == 0:
				call.answer(0, a.write(nil))
			}
		}
		for len(entries) > 0 {
			n := a.fitting(entries)
			a.store(entries[:n])
			entries = entries[n:]
		}
	}
}

// fitting is how many of entries fit in one transaction. It parts a call
// only if that is too large for a transaction of its own.
func (a *Log) fitting(entries []*entry) int {
	count, bytes := a.db.MaxBatchCount()-4, a.db.MaxBatchSize()-4*perKey
	first := 0 // of the call that entries[i] belongs to
	for i, e := range entries {
		if e.call != entries[first].call {
			first = i
		}
		count -= e.count
		bytes -= e.bytes
		if count >= 0 && bytes >= 0 || i == 0 {
			continue
		}
		if first > 0 {
			return first
		}
		return i
	}
	return len(entries)
}

// store writes entries in one transaction, answers their calls and then calls
// Options.Stored.
func (a *Log) store(entries []*entry) {
	err := a.write(entries)
	if errors.Is(err, kv.ErrDamaged) && len(entries) > 1 {
		// Only the entries that touch damaged data fail.
		for i := range entries {
			a.store(entries[i : i+1])
		}
		return
	}
	var fresh []*record.Event
	for _, e := range entries {
		if err == nil && !e.reported {
			a.count(e)
			if e.state != entryDuplicate {
				// The caller may go on with the entry once it is
				// answered, but nobody changes the event any more.
				e.reported = true
				fresh = append(fresh, &e.event)
			}
		}
		e.call.answer(1, err)
	}
	if a.o.Stored != nil {
		for _, e := range fresh {
			a.o.Stored(e)
		}
	}
}

func (a *Log) count(e *entry) {
	switch {
	case e.state != entryDuplicate:
		a.recorded.Add(1)
		if e.spilled {
			a.lateStored.Add(1)
		}
		if e.state == entryConflict {
			a.conflicts.Add(1)
		}
	case !e.spilled: // else it had been stored before it was kept
		a.duplicates.Add(1)
	}
}

// write puts entries on the disk, all or none, and remembers whether it could.
func (a *Log) write(entries []*entry) error {
	err := a.space.Check()
	if err == nil {
		err = a.transact(entries)
	}
	if err != nil {
		a.fail(err)
		return err
	}
	a.succeed()
	return nil
}

// transact writes one transaction. Where there is nothing new in entries none
// is needed, unless the last one failed: then what it wrote can be seen and
// may yet not be on the disk, and only another sync tells.
func (a *Log) transact(entries []*entry) (err error) {
	defer kv.RecoverDamage(&err)
	txn := a.db.NewTransaction(true)
	defer txn.Discard()
	end, err := codec.ReadLast(txn)
	if err != nil {
		return err
	}
	before := end
	for _, e := range entries {
		if err := e.put(txn, &end); err != nil {
			return fmt.Errorf("writing an event: %w", err)
		}
	}
	if end == before && len(entries) > 0 && a.Down() == nil {
		return nil
	}
	if err := end.Write(txn); err != nil {
		return fmt.Errorf("writing the last number: %w", err)
	}
	if err := a.commit(txn); err != nil {
		return fmt.Errorf("committing %d events: %w", len(entries), err)
	}
	if (end.Seq+1)/search.BlockSeqs > (before.Seq+1)/search.BlockSeqs {
		a.wakeBlocks()
	}
	return nil
}
