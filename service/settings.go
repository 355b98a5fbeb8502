package service

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/retention"
)

// Settings returns the settings of the application log, and what the last retention
// run did. start are the settings in force until people choose others.
func (l *Logs) Settings(ctx context.Context, start record.LogSettings) (record.SettingsView, error) {
	log, err := l.readable(ctx)
	if err != nil {
		return record.SettingsView{}, err
	}
	return retention.View(log, start, time.Now())
}

// PreviewSettings returns what a change of the settings would do. An invalid setting
// is a [*record.ParamError].
func (l *Logs) PreviewSettings(ctx context.Context, start, want record.LogSettings) (record.SettingsView, error) {
	log, err := l.readable(ctx)
	if err != nil {
		return record.SettingsView{}, err
	}
	return retention.Preview(ctx, log, start, want, time.Now())
}

// ChangeSettings changes the settings. No other change and no retention run may be
// made meanwhile: it does not wait for the read barrier, so that the caller can hold a
// lock that retention runs need.
func (l *Logs) ChangeSettings(ctx context.Context, start, want record.LogSettings) (record.SettingsView, error) {
	log, err := l.appLog()
	if err != nil {
		return record.SettingsView{}, err
	}
	return retention.Change(ctx, log, start, want, time.Now())
}
