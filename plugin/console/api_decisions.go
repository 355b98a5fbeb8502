package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/audit"
)

const (
	// maxDecisions is how many decisions may be made at once.
	maxDecisions = 100
	// decideTime is how long deciding may take; each decision is on the disk
	// before the next one is made.
	decideTime = time.Minute
)

// byCommand is the author of decisions without a known user.
const byCommand = "command line"

// apiDecideFlag decides about the subject of the flag that the path names.
func (v *view) apiDecideFlag(w http.ResponseWriter, r *http.Request) error {
	if err := noParams(r); err != nil {
		return err
	}
	members, err := readObject(w, r)
	if err != nil {
		return err
	}
	one, err := v.flag(r)
	if err != nil {
		return err
	}
	d, err := decisionOf(members, &one.Subject)
	if err != nil {
		return err
	}
	return v.answerDecision(w, r, d)
}

// apiDecide decides about the subject, or the subjects, that the body names.
func (v *view) apiDecide(w http.ResponseWriter, r *http.Request) error {
	if err := noParams(r); err != nil {
		return err
	}
	members, err := readObject(w, r)
	if err != nil {
		return err
	}
	if list, many := members["decisions"]; many {
		return v.decideMany(w, r, members, list)
	}
	d, err := decisionOf(members, nil)
	if err != nil {
		return err
	}
	return v.answerDecision(w, r, d)
}

func (v *view) answerDecision(w http.ResponseWriter, r *http.Request, d record.DecisionRequest) error {
	ctx, cancel := unhurried(r.Context())
	defer cancel()
	f, err := v.decide(ctx, d)
	if err != nil && !errors.Is(err, record.ErrNotStoredYet) {
		return err
	}
	if err := errors.Join(err, v.writeDecisionEntry(ctx, []record.DecisionRequest{d}, 1)); err != nil {
		return err
	}
	return writeJSON(w, f)
}

// decisionResult is what became of one of several decisions.
type decisionResult struct {
	Flag  *record.Flag `json:"flag,omitempty"`
	Error *Problem     `json:"error,omitempty"`
}

// decideMany makes each decision that can be made, whatever becomes of the
// others.
func (v *view) decideMany(w http.ResponseWriter, r *http.Request, members map[string]json.RawMessage, list json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "decisions" {
			return &record.ParamError{Param: name, Reason: record.BesideDecisions.With()}
		}
	}
	var all []json.RawMessage
	if err := json.Unmarshal(list, &all); err != nil || len(all) == 0 || len(all) > maxDecisions {
		return &record.ParamError{Param: "decisions", Reason: record.NotDecisions.With(strconv.Itoa(maxDecisions))}
	}
	ctx, cancel := unhurried(r.Context())
	defer cancel()
	results := make([]decisionResult, len(all))
	var made []record.DecisionRequest
	for i, text := range all {
		d, err := decisionIn(fmt.Sprintf("decisions[%d]", i), text)
		if err == nil {
			var f record.Flag
			f, err = v.decide(ctx, d)
			if err == nil || errors.Is(err, record.ErrNotStoredYet) {
				made = append(made, d)
			}
			if err == nil {
				results[i].Flag = &f
				continue
			}
		}
		p := v.explain(err)
		results[i].Error = &p
	}
	if err := v.writeDecisionEntry(ctx, made, len(all)); err != nil {
		return err
	}
	return writeJSON(w, struct {
		Results []decisionResult `json:"results"`
	}{results})
}

// unhurried is the context of decisions: once begun they are not to end half-way
// because the asker left.
func unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), decideTime)
}

// decide makes one decision, which must have been checked.
func (v *view) decide(ctx context.Context, d record.DecisionRequest) (record.Flag, error) {
	d.By = cmp.Or(v.User, byCommand)
	f, err := v.Source.Decide(ctx, d)
	if err != nil {
		return f, fmt.Errorf("deciding about the %s %s: %w", d.Subject.Kind, d.Subject.Value, err)
	}
	return v.shownFlag(f), nil
}

// writeDecisionEntry writes the audit entry of decisions.
func (v *view) writeDecisionEntry(ctx context.Context, made []record.DecisionRequest, wanted int) error {
	if len(made) == 0 {
		return nil
	}
	e, err := audit.Decisions(made, wanted)
	if err == nil {
		err = v.writeAuditEntry(ctx, e, e.Details)
	}
	if err != nil {
		v.report(err)
		return &statusError{status: http.StatusInternalServerError, detail: translatable("It was decided, and holds, but the entry that tells so could not be written. The server's own log says why.")}
	}
	return nil
}

// noteAlone is what a form, and an entry, call a note without a decision.
const noteAlone = audit.NoteAlone

func shownDecision(kind record.DecisionKind) record.DecisionKind { return cmp.Or(kind, noteAlone) }
