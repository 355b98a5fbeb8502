package audit

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	entry "github.com/gatebook/gatebook/record/audit"
)

// Correct makes a correction of what was learned and writes its audit entry.
func Correct(ctx context.Context, v *view.View, to Corrector, log Log, c record.Correction) error {
	ctx, cancel := DecisionContext(ctx)
	defer cancel()
	if err := to.Correct(ctx, c); err != nil {
		return fmt.Errorf("correcting what was learned: %w", err)
	}
	return writeCorrection(ctx, v, log, entry.Corrected(c))
}

// UndoCorrection takes a correction back and writes its audit entry.
func UndoCorrection(ctx context.Context, v *view.View, to Corrector, log Log, c record.Correction) error {
	ctx, cancel := DecisionContext(ctx)
	defer cancel()
	if err := to.UndoCorrection(ctx, c); err != nil {
		return fmt.Errorf("taking a correction back: %w", err)
	}
	return writeCorrection(ctx, v, log, entry.CorrectionUndone(c.Kind))
}

func writeCorrection(ctx context.Context, v *view.View, log Log, e record.Event) error {
	if err := Write(ctx, v, log, e, e.Params); err != nil {
		v.Report(err)
		return &problem.Error{Status: http.StatusInternalServerError, Detail: locale.Text("It was corrected, and holds, but the entry that tells so could not be written. The server's own log says why.")}
	}
	return nil
}
