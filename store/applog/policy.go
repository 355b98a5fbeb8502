package applog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/gatebook/gatebook/store/applog/ledger"
)

// Policy returns the policy that was stored last; ok is false if there is none.
func (a *Log) Policy() (p ledger.Policy, ok bool, err error) {
	value, err := a.setting(settingPolicy)
	if err != nil || value == nil {
		return ledger.Policy{}, false, err
	}
	if err := json.Unmarshal(value, &p); err != nil {
		return ledger.Policy{}, false, fmt.Errorf("reading the settings: %w", err)
	}
	return p, true, nil
}

// SetPolicy stores a policy. A chosen one is written to the ledger first, so that
// an older backup does not keep anything longer again.
func (a *Log) SetPolicy(ctx context.Context, p ledger.Policy) error {
	a.ledgerMu.Lock()
	defer a.ledgerMu.Unlock()
	p.Changed = a.o.Now().UTC()
	if p.Chosen {
		if err := a.o.Ledger.Write(ledger.Line{Time: p.Changed, Policy: &p}); err != nil {
			return err
		}
	}
	if err := a.storePolicy(ctx, p); err != nil {
		return err
	}
	return a.noteLedgerApplied(ctx)
}

func (a *Log) storePolicy(ctx context.Context, p ledger.Policy) error {
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	return a.set(ctx, settingPolicy, value)
}

// applyLedger makes the log agree with its ledger. It does not agree after a
// restore from a backup, or where the process died during an erasure.
func (a *Log) applyLedger(ctx context.Context) error {
	lines, state, err := a.o.Ledger.Read()
	if err != nil || state == nil {
		return err
	}
	applied, err := a.setting(settingLedger)
	if err != nil || bytes.Equal(applied, state) {
		return err
	}
	stored, ok, err := a.Policy()
	if err != nil {
		return err
	}
	if ok {
		if err := a.expireReplaced(ctx, stored, lines, applied); err != nil {
			return err
		}
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

// expireReplaced deletes and anonymizes what was due under the policies that were
// replaced since the log was in the state that a backup restored. The newest
// policy may keep entries longer, but does not bring back those that are gone.
// stored is the policy of the backup, applied the state of the ledger then.
func (a *Log) expireReplaced(ctx context.Context, stored ledger.Policy, lines []ledger.Line, applied []byte) error {
	n, err := a.o.Ledger.Applied(applied)
	if err != nil {
		return err
	}
	var replaced []Expiry
	policy := stored.LogPolicy
	for i, line := range lines {
		switch {
		case line.Policy == nil || i < n:
			continue
		case n < 0 && stored.Chosen && !line.Policy.Changed.After(stored.Changed):
			continue // the file was edited, and only the clock tells what is new
		}
		// A time to come is that of a wrong clock. It would delete entries that are
		// not due.
		if !line.Time.After(a.o.Now()) {
			replaced = append(replaced, NewExpiry(policy.At(line.Time).LogSettings, line.Time))
		}
		policy = line.Policy.LogPolicy
	}
	if len(replaced) == 0 {
		return nil
	}
	if err := a.expire(ctx, latestOf(replaced), &Retained{Deleted: map[string]uint64{}, Anonymized: map[string]uint64{}}); err != nil {
		return fmt.Errorf("applying policies that were replaced: %w", err)
	}
	return nil
}

// noteLedgerApplied notes that all of the ledger has been applied.
func (a *Log) noteLedgerApplied(ctx context.Context) error {
	_, state, err := a.o.Ledger.Read()
	if err != nil || state == nil {
		return err
	}
	return a.set(ctx, settingLedger, state)
}
