package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
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
	e, err := DecisionEntry(made, wanted)
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
const NoteAlone record.DecisionKind = "note"

// Shown is the decision as forms and audit entries show it.
func Shown(kind record.DecisionKind) record.DecisionKind { return cmp.Or(kind, NoteAlone) }

// DecisionEntry is the audit entry of decisions that were made at once; wanted is how
// many were asked for. It does not name the subjects: readers of the application log
// must not see addresses.
func DecisionEntry(made []record.DecisionRequest, wanted int) (e record.Event, err error) {
	e = record.Event{Type: "flag.decided", Category: record.CategoryGatebook, Outcome: record.OutcomeSuccess, Impersonal: []string{"text", "params", "details"}}
	if wanted == 1 {
		d := made[0]
		e.Key, e.Params = "gatebook.flag_decided", map[string]string{"decision": string(Shown(d.Decision)), "kind": string(d.Subject.Kind)}
		e.Details, err = json.Marshal(struct {
			Decision record.DecisionKind `json:"decision"`
			Kind     record.SubjectKind  `json:"kind"`
			Seconds  int64               `json:"seconds,omitempty"`
		}{Shown(d.Decision), d.Subject.Kind, int64(d.For / time.Second)})
	} else {
		counts := map[record.DecisionKind]int{}
		for _, d := range made {
			counts[Shown(d.Decision)]++
		}
		e.Key, e.Params = "gatebook.flags_decided", map[string]string{"count": strconv.Itoa(len(made))}
		e.Details, err = json.Marshal(struct {
			Count     int                         `json:"count"`
			Failed    int                         `json:"failed,omitempty"`
			Decisions map[record.DecisionKind]int `json:"decisions"`
		}{len(made), wanted - len(made), counts})
	}
	e.Text, _ = view.AuditText(locale.English, &e)
	return e, err
}
