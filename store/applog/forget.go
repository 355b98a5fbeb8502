package applog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/ledger"
)

// Forget takes from entries what identifies people, all of it and now, and gives
// the disk back: when it returns, no file holds it, and a backup that is restored
// loses it before anything is read.
func (a *Log) Forget(ctx context.Context, list []ledger.Erasure) error {
	a.ledgerMu.Lock()
	defer a.ledgerMu.Unlock()
	const aLine = 500
	var lines []ledger.Line
	for part := range slices.Chunk(list, aLine) {
		lines = append(lines, ledger.Line{Time: a.o.Now().UTC(), Erased: part})
	}
	if err := a.o.Ledger.Write(lines...); err != nil {
		return err
	}
	if err := a.erase(ctx, list); err != nil {
		return err
	}
	if err := a.noteLedgerApplied(ctx); err != nil {
		return err
	}
	a.wakeBlocks()
	return a.compactPending(ctx)
}

// erase does what the ledger says of entries. Those that are not the ones meant
// are passed over.
func (a *Log) erase(ctx context.Context, list []ledger.Erasure) error {
	lost := make(map[uint64]ledger.Erasure, len(list))
	var positions []codec.Position
	for _, x := range list {
		e, err := a.Event(ctx, x.Seq)
		if errors.Is(err, record.ErrNotFound) || err == nil && ledger.Check(&e) != x.Check {
			continue
		}
		if err != nil {
			return err
		}
		if e.Anonymized && stripped(e, x.Fields) {
			continue
		}
		lost[x.Seq] = x
		positions = append(positions, codec.NewPosition(e.Time, e.Seq))
	}
	err := a.changeEach(ctx, positions, func(c *rewrite, e *record.Event) error {
		if err := c.anonymize(e); err != nil {
			return err
		}
		return c.strip(e, lost[e.Seq].Fields)
	})
	if err != nil {
		return fmt.Errorf("erasing: %w", err)
	}
	return nil
}

// strip takes away fields that were declared impersonal, or are without being
// declared.
func (c *rewrite) strip(e *record.Event, names []string) error {
	if len(names) == 0 {
		return nil
	}
	less := *e
	withoutFields(&less, names)
	value, _, _ := codec.Encode(&less)
	if err := c.txn.Set(codec.SeqKey(codec.KeyImpersonal, e.Seq), value); err != nil {
		return err
	}
	// A hash in an index would tell whether a guess at a subject is right.
	kept, at := codec.ImpersonalIndex(&less), codec.NewPosition(e.Time, e.Seq)
	for _, prefix := range codec.ImpersonalIndex(e) {
		if codec.ContainsKey(kept, prefix) {
			continue
		}
		if err := c.txn.Delete(append(prefix, at[:]...)); err != nil {
			return err
		}
	}
	return nil
}

// withoutFields empties fields by their names in Erasure.Fields.
func withoutFields(e *record.Event, names []string) {
	for _, name := range names {
		switch name {
		case "text":
			e.Text = ""
		case "subject":
			e.Subject = nil
		case "subject.label":
			if e.Subject != nil {
				subject := *e.Subject
				subject.Label = ""
				e.Subject = &subject
			}
		case "params":
			e.Params = nil
		case "changes":
			e.Changes = nil
		case "details":
			e.Details = nil
		case "action":
			e.Action = nil
		}
	}
}

// stripped reports whether e has none of these fields any more.
func stripped(e record.Event, names []string) bool {
	less := e
	withoutFields(&less, names)
	had, _, _ := codec.Encode(&e)
	has, _, _ := codec.Encode(&less)
	return bytes.Equal(had, has)
}

// obeyLedger makes the log agree with its ledger, which it does not where it was
// restored from a backup, or where the process died over an erasure.
func (a *Log) applyLedger(ctx context.Context) error {
	lines, state, err := a.o.Ledger.Read()
	if err != nil || state == nil {
		return err
	}
	obeyed, err := a.setting(settingLedger)
	if err != nil || bytes.Equal(obeyed, state) {
		return err
	}
	stored, _, err := a.Policy()
	if err != nil {
		return err
	}
	var newest *ledger.Policy
	known := !stored.Chosen // no choice is older than one of the ledger
	for _, line := range lines {
		if err := a.erase(ctx, line.Erased); err != nil {
			return err
		}
		if line.Policy != nil {
			newest = line.Policy
			known = known || newest.Changed.Equal(stored.Changed)
		}
	}
	// Lines stand in the order of the decisions, whatever the clock said then. It is
	// asked only about a choice that the ledger does not have.
	if newest != nil && (known || !newest.Changed.Before(stored.Changed)) {
		if err := a.storePolicy(ctx, *newest); err != nil {
			return err
		}
	}
	a.wakeBlocks()
	return a.set(ctx, settingLedger, state)
}

// noteLedger says that all of the ledger has been obeyed.
func (a *Log) noteLedgerApplied(ctx context.Context) error {
	_, state, err := a.o.Ledger.Read()
	if err != nil || state == nil {
		return err
	}
	return a.set(ctx, settingLedger, state)
}

// EachEvent calls yield for every entry, in the order of their numbers. An entry
// that cannot be read is passed over. Nothing is held open while yield runs: it may
// write to somebody who reads slowly, and what is deleted meanwhile leaves the disk.
func (a *Log) EachEvent(ctx context.Context, yield func(*record.Event) error) error {
	for next := uint64(0); ; {
		var some []record.Event
		err := a.view(func(txn *badger.Txn) (err error) {
			some, next, err = a.someEvents(ctx, txn, next)
			return err
		})
		for i := range some {
			if err == nil {
				err = yield(&some[i])
			}
		}
		if err != nil || next == 0 {
			return err
		}
	}
}

// How many entries someEvents returns, and bytes of them, at the most: one more
// may be as large as it likes.
const (
	someEvents     = 256
	someEventBytes = 4 << 20
)

// someEvents returns entries from a number on, and that of the next one; 0 says
// that there are no more.
func (a *Log) someEvents(ctx context.Context, txn *badger.Txn, from uint64) (some []record.Event, next uint64, err error) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{codec.KeyImpersonal}})
	defer it.Close()
	bytes := 0
	for it.Seek(codec.SeqKey(codec.KeyImpersonal, from)); it.Valid(); it.Next() {
		if err := a.goesOn(ctx); err != nil {
			return nil, 0, err
		}
		seq, err := codec.ParseSeq(it.Item().Key())
		if err != nil {
			return nil, 0, err
		}
		if len(some) == someEvents || bytes > someEventBytes {
			return some, seq, nil
		}
		e, err := codec.Read(txn, seq, it.Item())
		if err != nil {
			continue
		}
		some = append(some, e)
		bytes += eventBytes(&e)
	}
	return some, 0, nil
}

// eventBytes is about what an entry's long fields take.
func eventBytes(e *record.Event) (n int) {
	n = len(e.Text) + len(e.Details) + len(e.Ext)
	for _, c := range e.Changes {
		n += len(c.Old) + len(c.New)
	}
	return n
}
