package detection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

var errNotConfigured = errors.New("abuse detection has not started yet")

// Decide makes a decision that has been checked, and stores the flags that it changes.
// An error that wraps [record.ErrNotStoredYet] says that the decision is in force
// nevertheless.
func (d *Detection) Decide(ctx context.Context, what record.DecisionRequest) error {
	if what.Decision == record.DecideFalsePositive {
		// A false positive teaches from the stored evidence. That is older than what
		// the detector has if this fails, which Store logs.
		_ = d.Store(ctx)
	}
	if err := d.decide(ctx, what); err != nil {
		return err
	}
	if err := d.Store(ctx); err != nil {
		return fmt.Errorf("%w: %w", record.ErrNotStoredYet, err)
	}
	return nil
}

func (d *Detection) decide(ctx context.Context, what record.DecisionRequest) error {
	log, err := d.options.AppLog()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	active := d.active.Load()
	if active == nil {
		return errNotConfigured
	}
	stored, err := storedFlag(ctx, log, abuse.FlagID(what.Subject))
	if err != nil {
		return err
	}
	now := time.Now()
	untaught, err := active.DecideStored(what.Subject, what.At(now, cmp.Or(active.Config.Ban, abuse.FirstBan)), stored, now)
	if err != nil {
		return record.Invalid("decision", "", record.Undecidable, err.Error())
	}
	if untaught != nil {
		d.options.Log.Warn("nothing could be learned from a false positive", "instance", d.options.Instance, "flag", stored.ID, "error", untaught)
	}
	return nil
}

// Inspect calls look with the detector.
func (d *Detection) Inspect(_ context.Context, look func(*abuse.Detector)) error {
	active := d.active.Load()
	if active == nil {
		return errNotConfigured
	}
	look(active.Detector)
	return nil
}

// Change calls change with the detector, and stores what that changes unless it
// returns an error. An error that wraps [record.ErrNotStoredYet] says that the change
// is in force nevertheless.
func (d *Detection) Change(ctx context.Context, change func(*abuse.Detector) error) error {
	if err := d.change(change); err != nil {
		return err
	}
	if err := d.Store(ctx); err != nil {
		return fmt.Errorf("%w: %w", record.ErrNotStoredYet, err)
	}
	return nil
}

// change holds mu, so that the detector is not replaced meanwhile.
func (d *Detection) change(change func(*abuse.Detector) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	active := d.active.Load()
	if active == nil {
		return errNotConfigured
	}
	return change(active.Detector)
}
