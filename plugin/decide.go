package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
)

// Decide does what somebody decides. It holds, and is on the disk, when Decide
// returns.
func (in *instance) Decide(ctx context.Context, what record.Deciding) (record.Flag, error) {
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
func (d *detection) decide(ctx context.Context, log *store.AppLog, what record.Deciding) error {
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
	now := time.Now()
	if stored != nil {
		active.Restore([]record.Flag{*stored}, now)
	}
	one := record.Decision{Decision: what.Decision, By: what.By, Note: what.Note}
	if held := holdsFor(what, active.settings); held > 0 {
		one.Until = now.Add(held).UTC()
	}
	if _, err := active.Decide(what.Subject, one, now); err != nil {
		return &record.ParamError{Param: "decision", Reason: err.Error()}
	}
	return nil
}

// holdsFor is how long a decision holds; 0 is for ever.
func holdsFor(what record.Deciding, s *AbuseSettings) time.Duration {
	if what.For > 0 {
		return what.For
	}
	switch what.Decision {
	case record.DecideBan, record.DecideThrottle:
		if s != nil && s.Ban > 0 {
			return time.Duration(s.Ban)
		}
		return defaultBan
	}
	return 0
}

const defaultBan = 15 * time.Minute
