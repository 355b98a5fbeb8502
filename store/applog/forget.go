package applog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/ledger"
)

// Forget removes from entries all that identifies people, and frees the disk
// space: when it returns, no file holds it, and a restored backup loses it before
// anything is read.
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

// erase anonymizes entries and removes their fields. An entry whose check differs
// is skipped.
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
	return c.txn.Set(codec.SeqKey(codec.KeyImpersonal, e.Seq), value)
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
