package console

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

// decisionContext is the context of the decisions of one request. They do not end
// half-way because the client leaves.
func decisionContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), decisionTimeout)
}

// decide makes one decision, which must have been checked.
func decide(ctx context.Context, v *view.View, queue decider, d record.DecisionRequest) (record.Flag, error) {
	d.By = cmp.Or(v.User, byCommand)
	f, err := queue.Decide(ctx, d)
	if err != nil {
		return f, fmt.Errorf("deciding about the %s %s: %w", d.Subject.Kind, d.Subject.Value, err)
	}
	return f, nil
}

// auditDecisions writes the audit entry of decisions.
func auditDecisions(ctx context.Context, v *view.View, log auditLog, made []record.DecisionRequest, wanted int) error {
	if len(made) == 0 {
		return nil
	}
	e, err := DecisionEntry(made, wanted)
	if err == nil {
		err = writeAuditEntry(ctx, v, log, e, e.Details)
	}
	if err != nil {
		v.Report(err)
		return &problem.Error{Status: http.StatusInternalServerError, Detail: locale.Text("It was decided, and holds, but the entry that tells so could not be written. The server's own log says why.")}
	}
	return nil
}

// noteAlone is what a form, and an entry, call a note without a decision.
const noteAlone record.DecisionKind = "note"

func shownDecision(kind record.DecisionKind) record.DecisionKind { return cmp.Or(kind, noteAlone) }

// DecisionEntry is the entry of decisions that were made at once, of the wanted
// ones. It does not say about whom: whoever reads the application log must not
// see addresses.
func DecisionEntry(made []record.DecisionRequest, wanted int) (e record.Event, err error) {
	e = record.Event{Type: "flag.decided", Category: record.CategoryGatebook, Outcome: record.OutcomeSuccess, Impersonal: []string{"text", "params", "details"}}
	if wanted == 1 {
		d := made[0]
		e.Key, e.Params = "gatebook.flag_decided", map[string]string{"decision": string(shownDecision(d.Decision)), "kind": string(d.Subject.Kind)}
		e.Details, err = json.Marshal(struct {
			Decision record.DecisionKind `json:"decision"`
			Kind     record.SubjectKind  `json:"kind"`
			Seconds  int64               `json:"seconds,omitempty"`
		}{shownDecision(d.Decision), d.Subject.Kind, int64(d.For / time.Second)})
	} else {
		counts := map[record.DecisionKind]int{}
		for _, d := range made {
			counts[shownDecision(d.Decision)]++
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
