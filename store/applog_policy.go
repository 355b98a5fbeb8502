package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Policy is how long the application log keeps what, as it is stored.
type Policy struct {
	record.LogPolicy
	// Chosen says that people decided on it; else it is what the configuration
	// starts with.
	Chosen bool `json:"chosen"`
	// Changed is when it was stored.
	Changed time.Time `json:"changed"`
}

// Policy is the policy that was stored last; ok is false if none ever was.
func (a *AppLog) Policy() (p Policy, ok bool, err error) {
	value, err := a.setting(settingPolicy)
	if err != nil || value == nil {
		return Policy{}, false, err
	}
	if err := json.Unmarshal(value, &p); err != nil {
		return Policy{}, false, fmt.Errorf("reading the settings: %w", err)
	}
	return p, true, nil
}

// SetPolicy stores a policy. One that people chose is noted in the ledger first:
// a backup from before must not make anything be kept longer again.
func (a *AppLog) SetPolicy(ctx context.Context, p Policy) error {
	a.deciding.Lock()
	defer a.deciding.Unlock()
	p.Changed = a.o.Now().UTC()
	if p.Chosen {
		if err := a.o.ledger.write(ledgerLine{Time: p.Changed, Policy: &p}); err != nil {
			return err
		}
	}
	if err := a.storePolicy(ctx, p); err != nil {
		return err
	}
	return a.noteLedger(ctx)
}

func (a *AppLog) storePolicy(ctx context.Context, p Policy) error {
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	return a.set(ctx, settingPolicy, value)
}
