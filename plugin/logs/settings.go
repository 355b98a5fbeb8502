package logs

import (
	"context"
	"fmt"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/retention"
)

// ChangeSettings calls change, which changes the settings of the application log, and
// applies the result. It waits for the read barrier, and no retention runs meanwhile.
func (l *Logs) ChangeSettings(ctx context.Context, change func() error) error {
	// Before the lock, which the retention run needs that lowers the barrier.
	if err := l.Barrier.Wait(ctx); err != nil {
		return err
	}
	l.settings.Lock()
	defer l.settings.Unlock()
	if err := change(); err != nil {
		return err
	}
	return l.loadZone()
}

// storeStartSettings stores the settings that the configuration in force starts with,
// for those who open the directory without it.
func (l *Logs) storeStartSettings(ctx context.Context) error {
	log, err := l.AppLog()
	c := l.inForce()
	if err != nil || c == nil {
		return err
	}
	l.settings.Lock()
	defer l.settings.Unlock()
	if err := retention.Start(ctx, log, c.Start); err != nil {
		return err
	}
	return l.loadZone()
}

// loadZone loads the time zone that people chose, if they did.
func (l *Logs) loadZone() error {
	log, err := l.AppLog()
	if err != nil {
		return err
	}
	p, _, err := log.Policy()
	if err != nil || !p.Chosen {
		l.zone.Store(nil)
		return err
	}
	zone, err := record.LoadZone(p.Timezone)
	if err != nil {
		return fmt.Errorf("the stored timezone %q %w", p.Timezone, err)
	}
	l.zone.Store(zone)
	return nil
}
