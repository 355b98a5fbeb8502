package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// DecideFlag decides about the subject of the flag that the path names.
func (v *API) DecideFlag(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
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

// Decide decides about the subject, or the subjects, that the body names.
func (v *API) Decide(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
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

func (v *API) answerDecision(w http.ResponseWriter, r *http.Request, d record.DecisionRequest) error {
	ctx, cancel := audit.DecisionContext(r.Context())
	defer cancel()
	f, err := audit.Decide(ctx, v.View, v.Source, d)
	if err != nil && !errors.Is(err, record.ErrNotStoredYet) {
		return err
	}
	if err := errors.Join(err, audit.Decisions(ctx, v.View, v.Source, []record.DecisionRequest{d}, 1)); err != nil {
		return err
	}
	return writeJSON(w, shownFlag(f, v.Location))
}

// maxDecisions is how many decisions may be made at once.
const maxDecisions = 100

// decisionResult is what became of one of several decisions.
type decisionResult struct {
	Flag  *record.Flag     `json:"flag,omitempty"`
	Error *problem.Problem `json:"error,omitempty"`
}

// decideMany makes each decision that can be made, whatever becomes of the
// others.
func (v *API) decideMany(w http.ResponseWriter, r *http.Request, members map[string]json.RawMessage, list json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "decisions" {
			return &record.ParamError{Param: name, Reason: record.BesideDecisions.With()}
		}
	}
	var all []json.RawMessage
	if err := json.Unmarshal(list, &all); err != nil || len(all) == 0 || len(all) > maxDecisions {
		return &record.ParamError{Param: "decisions", Reason: record.NotDecisions.With(strconv.Itoa(maxDecisions))}
	}
	ctx, cancel := audit.DecisionContext(r.Context())
	defer cancel()
	results := make([]decisionResult, len(all))
	var made []record.DecisionRequest
	for i, text := range all {
		d, err := decisionIn(fmt.Sprintf("decisions[%d]", i), text)
		if err == nil {
			var f record.Flag
			f, err = audit.Decide(ctx, v.View, v.Source, d)
			if err == nil || errors.Is(err, record.ErrNotStoredYet) {
				made = append(made, d)
			}
			if err == nil {
				f = shownFlag(f, v.Location)
				results[i].Flag = &f
				continue
			}
		}
		p := v.Explain(err)
		results[i].Error = &p
	}
	if err := audit.Decisions(ctx, v.View, v.Source, made, len(all)); err != nil {
		return err
	}
	return writeJSON(w, struct {
		Results []decisionResult `json:"results"`
	}{results})
}
