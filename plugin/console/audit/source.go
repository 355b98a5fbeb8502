package audit

import (
	"context"

	"github.com/gatebook/gatebook/record"
)

// Log takes audit entries.
type Log interface {
	// Note writes an entry of the category gatebook, which is on the disk when
	// Note returns. Id, times, category and transport are filled in.
	Note(context.Context, record.Event) error
}

// Decider takes decisions.
type Decider interface {
	// Decide makes a decision; it is on the disk, and in force, when Decide
	// returns. An invalid subject or time is a *record.ParamError; an error
	// that wraps record.ErrNotStoredYet reports that the decision is in force
	// all the same.
	Decide(context.Context, record.DecisionRequest) (record.Flag, error)
}

// Corrector takes what people say about what was learned. An invalid correction is a
// *record.ParamError. It is on the disk, and in force, when a method returns; an error
// that wraps record.ErrNotStoredYet reports that it is in force all the same.
type Corrector interface {
	Correct(context.Context, record.Correction) error
	// UndoCorrection returns an error that wraps record.ErrNotFound if nobody said
	// anything about the item.
	UndoCorrection(context.Context, record.Correction) error
}

// SettingsStore holds the settings of the application log. An invalid setting is a
// *record.ParamError.
type SettingsStore interface {
	Settings(context.Context) (record.SettingsView, error)
	// PreviewSettings returns what a change would do.
	PreviewSettings(ctx context.Context, want record.LogSettings) (record.SettingsView, error)
	// ChangeSettings makes a change; by is its author.
	ChangeSettings(ctx context.Context, want record.LogSettings, by string) (record.SettingsView, error)
}

// AuditedSettings are settings whose changes leave audit entries.
type AuditedSettings interface {
	SettingsStore
	Log
}
