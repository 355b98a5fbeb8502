package plugin

import (
	"context"
	"errors"

	"github.com/gatebook/gatebook/record"
)

// Note writes an entry of Gatebook's own into the application log.
func (in *instance) Note(ctx context.Context, e record.Event) error {
	return errors.New("not built yet")
}

// Settings tells how long entries of the application log are kept.
func (in *instance) Settings(context.Context) (record.SettingsView, error) {
	return record.SettingsView{}, errors.New("not built yet")
}

// PreviewSettings tells what other settings would do.
func (in *instance) PreviewSettings(ctx context.Context, want record.LogSettings) (record.SettingsView, error) {
	return record.SettingsView{}, errors.New("not built yet")
}

// ChangeSettings changes them.
func (in *instance) ChangeSettings(ctx context.Context, want record.LogSettings, by string) (record.SettingsView, error) {
	return record.SettingsView{}, errors.New("not built yet")
}
