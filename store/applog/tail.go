package applog

import (
	"context"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/search"
)

// tail has in memory what is searched of the entries of the block that is filling up:
// to read them would cost a question more than all blocks. It takes about as much
// memory as a block has text (at the most 4 KiB an entry).
//
// The follower adds what it applied. Whoever removes something drops the tail before
// the commit, and it is loaded again from the database.
type tail struct {
	mu sync.Mutex
	// builder has all entries of a block up to next; nil while they are not known.
	builder *block.Builder
	// number is the block, and next the number after the last entry that was applied.
	// Next is 0 until the tail is loaded for the first time.
	number, next uint64
}

// view is what a question sees of the tail.
func (t *tail) view() search.Tail {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.builder == nil {
		return search.Tail{}
	}
	return search.Tail{Rows: t.builder.Rows(), Next: t.next}
}

// add adds entries that were applied, which are all up to a number. It returns the
// blocks that are full; complete is false if there is another one that is not known.
func (t *tail) add(entries []*entry, last uint64) (full []*block.Builder, complete bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == 0 {
		return nil, true
	}
	complete = true
	goOn := func(seq uint64) {
		t.next = max(t.next, seq)
		for ; t.number < t.next/search.BlockSeqs; t.number++ {
			if t.builder == nil {
				complete = false
			} else {
				full = append(full, t.builder)
			}
			t.builder = newBuilder(t.number + 1)
		}
	}
	for _, e := range entries {
		if e.event.Seq < t.next { // it was applied by an earlier try
			continue
		}
		goOn(e.event.Seq)
		if t.builder != nil {
			t.builder.Add(&e.event)
		}
		goOn(e.event.Seq + 1)
	}
	goOn(last + 1)
	return full, complete
}

// set begins a tail before a number, of which b has all entries; nil says that they
// are not known.
func (t *tail) set(b *block.Builder, next uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.builder, t.number, t.next = b, next/search.BlockSeqs, next
}

// drop forgets the tail if an entry is in it.
func (t *tail) drop(list []codec.Position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, at := range list {
		if at.Seq()/search.BlockSeqs == t.number {
			t.builder = nil
		}
	}
}

func (t *tail) known() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.builder != nil
}

func newBuilder(number uint64) *block.Builder {
	b := new(block.Builder)
	b.Reset(number)
	return b
}

// noteApplied adds entries that were applied to the tail, and writes the blocks that
// are full.
func (a *Log) noteApplied(entries []*entry, last uint64) {
	full, complete := a.tail.add(entries, last)
	for _, b := range full {
		if err := a.writeBlock(encodeBlock(b)); err != nil {
			a.o.Log.Warn("a block of the application log is made later", "error", err)
			complete = false
		}
	}
	if !complete {
		a.wakeBlocks()
	}
}

// loadTail reads the tail. It runs on the goroutine of the follower, or before that.
func (a *Log) loadTail() error {
	return a.viewNow(func(txn *badger.Txn) error {
		last, err := codec.ReadLast(txn)
		if err != nil {
			return err
		}
		next := last.Seq + 1
		a.tail.set(nil, next)
		b := newBuilder(next / search.BlockSeqs)
		err = a.at(context.Background(), txn).EachOfBlock(b.Number(), func(e *record.Event) error {
			b.Add(e)
			return nil
		})
		if err != nil {
			return fmt.Errorf("reading the newest entries: %w", err)
		}
		a.tail.set(b, next)
		return nil
	})
}
