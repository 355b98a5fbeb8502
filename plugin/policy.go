package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/retention"
)

const (
	defaultEventRetention = 180 * day
	defaultKeepFlags      = 90 * day
)

// Policy is what the settings start the application log with: how long entries
// are kept, until people decide on something else. Parts of days count as whole
// ones.
func (s *Settings) Policy() (record.LogSettings, error) {
	if err := s.validate(); err != nil {
		return record.LogSettings{}, err
	}
	start := record.LogSettings{RetentionDays: int(defaultEventRetention / day), AnonymizeAfterDays: map[string]int{}, Timezone: s.Timezone}
	if start.Timezone == "" {
		start.Timezone = "UTC"
	}
	wholeDays := func(d time.Duration) int { return int((d + day - 1) / day) }
	if a := s.ApplicationLog; a != nil {
		if a.Retention != 0 {
			start.RetentionDays = wholeDays(time.Duration(a.Retention))
		}
		for category, after := range a.Anonymize {
			start.AnonymizeAfterDays[category] = wholeDays(time.Duration(after))
		}
	}
	return start, nil
}

// Location is the instance's time zone: the one that its people chose, or else
// the configuration's.
func (in *instance) Location() *time.Location {
	if b := in.books.Load(); b != nil {
		if zone := b.zone.Load(); zone != nil {
			return zone
		}
	}
	return in.loc
}

// Settings returns the settings of the application log.
func (in *instance) Settings(ctx context.Context) (record.SettingsView, error) {
	return in.settingsView(func(logs *service.Logs, start record.LogSettings) (record.SettingsView, error) {
		return logs.Settings(ctx, start)
	})
}

// PreviewSettings returns what a change of the settings would do.
func (in *instance) PreviewSettings(ctx context.Context, want record.LogSettings) (record.SettingsView, error) {
	return in.settingsView(func(logs *service.Logs, start record.LogSettings) (record.SettingsView, error) {
		return logs.PreviewSettings(ctx, start, want)
	})
}

// ChangeSettings changes the settings.
func (in *instance) ChangeSettings(ctx context.Context, want record.LogSettings, _ string) (record.SettingsView, error) {
	return in.settingsView(func(logs *service.Logs, start record.LogSettings) (record.SettingsView, error) {
		b := in.books.Load()
		// Before the lock, which the retention run needs that lowers the barrier.
		if err := b.barrier.Wait(ctx); err != nil {
			return record.SettingsView{}, err
		}
		b.deciding.Lock()
		defer b.deciding.Unlock()
		v, err := logs.ChangeSettings(ctx, start, want)
		if err != nil {
			return v, err
		}
		return v, b.loadZone()
	})
}

// settingsView adds when the next retention run is due.
func (in *instance) settingsView(of func(*service.Logs, record.LogSettings) (record.SettingsView, error)) (record.SettingsView, error) {
	logs, err := in.logs()
	if err != nil {
		return record.SettingsView{}, err
	}
	start, err := in.settings.Policy()
	if err != nil {
		return record.SettingsView{}, err
	}
	v, err := of(logs, start)
	if err != nil {
		return v, err
	}
	now := time.Now()
	v.NextRun = now.Add(in.books.Load().untilRetention(time.Time{}, now)).Truncate(time.Second)
	return v, nil
}

// startPolicy stores what the configuration in force starts with, for whoever
// opens the directory without it.
func (b *books) startPolicy(ctx context.Context) error {
	log, err := b.events()
	app := b.inForce()
	if err != nil || app == nil {
		return err
	}
	start, err := app.instances[b.instance].settings.Policy()
	if err != nil {
		return err
	}
	b.deciding.Lock()
	defer b.deciding.Unlock()
	if err := retention.Start(ctx, log, start); err != nil {
		return err
	}
	return b.loadZone()
}

// loadZone finds the zone that people chose, if they did.
func (b *books) loadZone() error {
	log, err := b.events()
	if err != nil {
		return err
	}
	p, _, err := log.Policy()
	if err != nil || !p.Chosen {
		b.zone.Store(nil)
		return err
	}
	zone, err := record.LoadZone(p.Timezone)
	if err != nil {
		return fmt.Errorf("the stored timezone %q %w", p.Timezone, err)
	}
	b.zone.Store(zone)
	return nil
}
