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
	// Inspect calls look with the detector.
	Inspect(ctx context.Context, look func(*abuse.Detector)) error
	// Change calls change with the detector, and stores what that changes unless it
	// returns an error. An error that wraps [record.ErrNotStoredYet] says that the
	// change is in force nevertheless.
	Change(ctx context.Context, change func(*abuse.Detector) error) error
}

// storedDetector is a detector that knows what is stored and nothing else, for logs
// that no server has open. A server that opens them later finds the decisions.
type storedDetector struct {
	log *applog.Log

	mu sync.Mutex
	// detector is nil before it is needed.
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
	stored, err := d.flag(ctx, abuse.FlagID(what.Subject))
	if err != nil {
		return err
	}
	untaught, err := d.detector.DecideStored(what.Subject, what.At(now, abuse.FirstBan), stored, now)
	if err != nil {
		return err
	}
	if untaught != nil {
		return fmt.Errorf("learning from a false positive: %w", untaught)
	}
	if err := d.store(ctx, now); err != nil {
		return fmt.Errorf("storing the decision: %w", err)
	}
	return nil
}

// Inspect calls look with a detector that has what is stored.
func (d *storedDetector) Inspect(ctx context.Context, look func(*abuse.Detector)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.load(ctx); err != nil {
		return err
	}
	look(d.detector)
	return nil
}

// Change calls change with a detector that has what is stored, and stores what it
// changed.
func (d *storedDetector) Change(ctx context.Context, change func(*abuse.Detector) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.load(ctx); err != nil {
		return err
	}
	if err := change(d.detector); err != nil {
		return err
	}
	return d.store(ctx, time.Now().UTC())
}

// store stores what was learned and the flags that have changed: clearing a range
// changes those in it.
func (d *storedDetector) store(ctx context.Context, now time.Time) error {
	if err := d.log.PutLearned(ctx, d.detector.Seed(), d.detector.TakeLearned()); err != nil {
		return err
	}
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
	detector, err := learnedDetector(ctx, d.log, abuse.Config{})
	if err != nil {
		return err
	}
	detector.Restore(flags, time.Now())
	d.detector = detector
	return nil
}

// learnedDetector returns a detector that knows what was learned about the application,
// and no flags.
func learnedDetector(ctx context.Context, log *applog.Log, c abuse.Config) (*abuse.Detector, error) {
	var err error
	if c.Seed, err = log.Seed(); err != nil {
		return nil, fmt.Errorf("reading the seed of hashes: %w", err)
	}
	detector, err := abuse.New(c)
	if err != nil {
		return nil, err
	}
	var list []record.Learned
	if err := log.EachLearned(ctx, func(one record.Learned) { list = append(list, one) }); err != nil {
		return nil, fmt.Errorf("reading what was learned: %w", err)
	}
	// What cannot be read is learned anew.
	detector.RestoreLearned(list, time.Now())
	return detector, nil
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

// learn stores what a detector of its own learns. The next use loads it.
func (d *storedDetector) learn(ctx context.Context, teach func(*abuse.Detector) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	detector, err := learnedDetector(ctx, d.log, abuse.Config{})
	if err != nil {
		return err
	}
	if err := teach(detector); err != nil {
		return err
	}
	d.detector = nil
	return d.log.PutLearned(ctx, detector.Seed(), detector.TakeLearned())
}
