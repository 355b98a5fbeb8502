package audit

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	entry "github.com/gatebook/gatebook/record/audit"
)

// decisionTimeout limits the decisions of one request; each is on the disk before
// the next one is made.
const decisionTimeout = time.Minute

// byCommand is the author of decisions without a known user.
const byCommand = "command line"

// DecisionContext is the context of the decisions of one request. They do not end
// half-way because the client leaves.
func DecisionContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), decisionTimeout)
}

// Decide makes one decision, which must have been checked.
func Decide(ctx context.Context, v *view.View, queue Decider, d record.DecisionRequest) (record.Flag, error) {
	d.By = cmp.Or(v.User, byCommand)
	f, err := queue.Decide(ctx, d)
	if err != nil {
		return f, fmt.Errorf("deciding about the %s %s: %w", d.Subject.Kind, d.Subject.Value, err)
	}
	return f, nil
}

// Decisions writes the audit entry of decisions.
func Decisions(ctx context.Context, v *view.View, log Log, made []record.DecisionRequest, wanted int) error {
	if len(made) == 0 {
		return nil
	}
	e, err := entry.Decisions(made, wanted)
	if err == nil {
		err = Write(ctx, v, log, e, e.Details)
	}
	if err != nil {
		v.Report(err)
		return &problem.Error{Status: http.StatusInternalServerError, Detail: locale.Text("It was decided, and holds, but the entry that tells so could not be written. The server's own log says why.")}
	}
	return nil
}

// NoteAlone stands for a note without a decision in forms and audit entries.
const NoteAlone = entry.NoteAlone

// Shown is the decision as forms and audit entries show it.
func Shown(kind record.DecisionKind) record.DecisionKind { return cmp.Or(kind, NoteAlone) }
