package plugin

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
)

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
		var v record.SettingsView
		err := in.ref.Logs().ChangeSettings(ctx, func() (err error) {
			v, err = logs.ChangeSettings(ctx, start, want)
			return err
		})
		return v, err
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
	v.NextRun = in.ref.Logs().NextRetention(time.Now()).Truncate(time.Second)
	return v, nil
}
