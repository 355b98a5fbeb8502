package applog

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gatebook/gatebook/store/applog/ledger"
)

// Policy is the policy that was stored last; ok is false if none ever was.
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

// SetPolicy stores a policy. One that people chose is noted in the ledger first:
// a backup from before must not make anything be kept longer again.
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
