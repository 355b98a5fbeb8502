package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// Detector is the abuse detection. The one of a server sees all requests.
type Detector interface {
	// Decide makes a decision that has been checked, and stores the flags that it
	// changes. An error that wraps [record.ErrNotStoredYet] says that the decision
	// is in force nevertheless.
	Decide(context.Context, record.DecisionRequest) error
	// Forget deletes the flags that match from the detector and from the log.
	Forget(ctx context.Context, match func(*record.Flag) bool) error
}

// storedDetector is a detector that knows the stored flags and nothing else, for logs
// that no server has open. A server that opens them later finds the decisions.
type storedDetector struct {
	log *applog.Log

	mu sync.Mutex
	// detector is nil before the first decision.
	detector *abuse.Detector
}

// Decide makes a decision and stores it. That fails without effect on the log.
func (d *storedDetector) Decide(ctx context.Context, what record.DecisionRequest) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.load(ctx); err != nil {
		return err
	}
	now := time.Now().UTC()
	// The detector has not kept every flag if there are very many.
	stored, err := d.flag(ctx, abuse.FlagID(what.Subject))
	if err != nil {
		return err
	}
	if stored != nil {
		d.detector.Restore([]record.Flag{*stored}, now)
	}
	if _, err := d.detector.Decide(what.Subject, what.At(now, abuse.FirstBan), now); err != nil {
		return err
	}
	if err := d.store(ctx, now); err != nil {
		return fmt.Errorf("storing the decision: %w", err)
	}
	return nil
}

// store stores the flags that have changed: clearing a range changes those in it.
func (d *storedDetector) store(ctx context.Context, now time.Time) error {
	changed := d.detector.TakeChanged()
	for i := range changed {
		f := &changed[i]
		stored, err := d.flag(ctx, f.ID)
		if err != nil {
			return err
		}
		if merged, forgotten := d.detector.Merge(f.Subject, stored, now); forgotten {
			merged.Evidence = f.Evidence
			*f = merged
		}
		f.Changed = now
	}
	return d.log.PutFlags(ctx, changed...)
}

// flag returns a stored flag, nil if there is none.
func (d *storedDetector) flag(ctx context.Context, id string) (*record.Flag, error) {
	f, err := d.log.Flag(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return nil, nil
	}
	return &f, err
}

func (d *storedDetector) load(ctx context.Context) error {
	if d.detector != nil {
		return nil
	}
	flags, err := allFlags(ctx, d.log)
	if err != nil {
		return err
	}
	detector, err := abuse.New(abuse.Config{})
	if err != nil {
		return err
	}
	detector.Restore(flags, time.Now())
	d.detector = detector
	return nil
}

// Forget deletes flags from the log. The next decision loads those that are left.
func (d *storedDetector) Forget(ctx context.Context, match func(*record.Flag) bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.detector = nil
	return d.log.DropFlags(ctx, match)
}

func allFlags(ctx context.Context, log *applog.Log) (flags []record.Flag, err error) {
	err = log.EachFlag(ctx, func(f *record.Flag) error {
		flags = append(flags, *f)
		return nil
	})
	return flags, err
}
