package plugin

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// Decide does what somebody decides. It holds, and is on the disk, when Decide
// returns.
func (in *instance) Decide(ctx context.Context, what record.DecisionRequest) (record.Flag, error) {
	b := in.books.Load()
	if b == nil {
		return record.Flag{}, errNotOpen
	}
	log, err := b.events()
	if err != nil {
		return record.Flag{}, err
	}
	if err := what.Check(); err != nil {
		return record.Flag{}, err
	}
	if err := b.detection.decide(ctx, log, what); err != nil {
		return record.Flag{}, err
	}
	if err := b.detection.store(ctx); err != nil {
		return record.Flag{}, fmt.Errorf("%w: %w", record.ErrNotStoredYet, err)
	}
	return log.Flag(ctx, abuse.FlagID(what.Subject))
}

// decide has the detector do what somebody decides.
func (d *detection) decide(ctx context.Context, log *applog.Log, what record.DecisionRequest) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	active := d.active.Load()
	if active == nil {
		return errNotOpen
	}
	// The detector may have forgotten what the store has not.
	stored, err := storedFlag(ctx, log, abuse.FlagID(what.Subject))
	if err != nil {
		return err
	}
	now, ban := time.Now(), abuse.FirstBan
	if stored != nil {
		active.Restore([]record.Flag{*stored}, now)
	}
	if s := active.settings; s != nil && s.Ban > 0 {
		ban = time.Duration(s.Ban)
	}
	if _, err := active.Decide(what.Subject, DecisionOf(what, ban, now), now); err != nil {
		return record.Invalid("decision", "", record.Undecidable, err.Error())
	}
	return nil
}

// DecisionOf is what somebody decides at now. A ban or a throttle of which they do not
// say how long it holds does so as long as a first ban.
func DecisionOf(what record.DecisionRequest, ban time.Duration, now time.Time) record.Decision {
	one := record.Decision{Decision: what.Decision, By: what.By, Note: what.Note}
	held := what.For
	if what.Decision == record.DecideBan || what.Decision == record.DecideThrottle {
		held = cmp.Or(held, ban)
	}
	if held > 0 {
		one.Until = now.Add(held).UTC()
	}
	return one
}
