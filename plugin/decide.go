package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/applog"
)

// Decide makes a decision. It is in force and on the disk when Decide returns.
func (in *instance) Decide(ctx context.Context, what record.DecisionRequest) (record.Flag, error) {
	logs, err := in.logs()
	if err != nil {
		return record.Flag{}, err
	}
	return logs.Decide(ctx, what)
}

// liveDetector is the running detection as package service uses it.
type liveDetector struct{ *detection }

// Decide makes a decision and stores it.
func (d liveDetector) Decide(ctx context.Context, what record.DecisionRequest) error {
	log, err := d.books.events()
	if err != nil {
		return err
	}
	if err := d.decide(ctx, log, what); err != nil {
		return err
	}
	if err := d.store(ctx); err != nil {
		return fmt.Errorf("%w: %w", record.ErrNotStoredYet, err)
	}
	return nil
}

// Forget deletes the flags that match.
func (d liveDetector) Forget(ctx context.Context, match func(*record.Flag) bool) error {
	return d.forget(ctx, match)
}

// decide has the detector make a decision.
func (d *detection) decide(ctx context.Context, log *applog.Log, what record.DecisionRequest) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	active := d.active.Load()
	if active == nil {
		return errNotOpen
	}
	// The detector may have forgotten a flag that is stored.
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
	if _, err := active.Decide(what.Subject, what.At(now, ban), now); err != nil {
		return record.Invalid("decision", "", record.Undecidable, err.Error())
	}
	return nil
}

// Interface guards
var _ service.Detector = liveDetector{}
