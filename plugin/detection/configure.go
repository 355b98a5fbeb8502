package detection

import (
	"context"
)

// Configure applies the settings of a configuration. The counts, flags and bans of
// the detector stay.
func (d *Detection) Configure(s Settings) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.Config.Verify = d.claims.add
	next, err := d.next(s)
	if err == nil {
		d.active.Store(next)
	}
	return err
}

func (d *Detection) next(s Settings) (*Detector, error) {
	old := d.active.Load()
	if old == nil {
		return d.newDetector(s)
	}
	detector, err := old.With(s.Config)
	return &Detector{detector, s}, err
}

// LogOpened replaces the detector, after the application log was opened late, by one
// with what the log has and what was found and decided meanwhile.
func (d *Detection) LogOpened() error {
	changes, err := d.reload(context.Background())
	d.emit(changes)
	return err
}

func (d *Detection) reload(ctx context.Context) ([]change, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.active.Load()
	if old == nil {
		return nil, nil
	}
	changes, err := d.storeChanged(ctx)
	if err != nil {
		return nil, err
	}
	next, err := d.newDetector(old.Settings)
	if err != nil {
		return changes, err
	}
	d.active.Store(next)
	return changes, nil
}
