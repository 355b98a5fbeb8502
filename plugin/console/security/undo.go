package security

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// Undo takes decisions back, each if nobody has decided about the same flag
// since.
func (v *Pages) Undo(w http.ResponseWriter, r *http.Request) error {
	form, err := view.ReadForm(w, r)
	if err != nil {
		return err
	}
	tokens := compactForm(form["undo"])
	if len(tokens) > maxDecided {
		return &problem.Error{Status: http.StatusBadRequest, Detail: locale.Text("The form cannot be read.")}
	}
	ctx, cancel := audit.DecisionContext(r.Context())
	defer cancel()
	var made []record.DecisionRequest
	var of []string
	defer func() { v.reportAudit(ctx, made, len(tokens)) }()
	for _, token := range tokens {
		flag, err := flagToUndo(ctx, v.Source, token)
		if err != nil {
			return fmt.Errorf("taking a decision back: %w", err)
		}
		if flag == nil {
			continue
		}
		before := v.before(flag)
		if _, err := audit.Decide(ctx, v.View, v.Source, before); err != nil {
			return fmt.Errorf("taking a decision back: %w", err)
		}
		made, of = append(made, before), append(of, flag.ID)
	}
	what := doneMeanwhile
	n := len(made)
	if n > 0 {
		what = doneUndone
	}
	view.SeeOther(w, withDone(v.backTo(form.Get("back")), what, n, url.Values{"of": of}))
	return nil
}

// flagToUndo returns the flag that an undo names, or nil if it was decided on
// since.
func flagToUndo(ctx context.Context, queue view.ReviewQueue, token string) (*record.FlagCase, error) {
	id, at, ok := cutToken(token)
	if !ok {
		return nil, &problem.Error{Status: http.StatusBadRequest, Detail: locale.Text("The form cannot be read.")}
	}
	flag, err := queue.Flag(ctx, id)
	if err != nil {
		return nil, err
	}
	if n := len(flag.Decisions); n == 0 || flag.Decisions[n-1].At.UnixMicro() != at {
		return nil, nil
	}
	return &flag, nil
}

// before is the decision that takes back a flag's last one: the one that held
// before it, for what is left of its time, a false positive, or else none.
func (v *Pages) before(flag *record.FlagCase) record.DecisionRequest {
	earlier := flag.Decisions[:len(flag.Decisions)-1]
	confirmed := false // since
	for i := len(earlier) - 1; i >= 0; i-- {
		d := earlier[i]
		switch {
		case d.Decision == record.DecideConfirm:
			confirmed = true
			continue
		case d.Decision == record.DecideFalsePositive && !confirmed:
			return record.DecisionRequest{Subject: flag.Subject, Decision: d.Decision}
		case !lasts(d.Decision), !d.Until.IsZero() && !v.Now.Before(d.Until):
			return record.DecisionRequest{Subject: flag.Subject, Decision: record.DecideClear}
		}
		back := record.DecisionRequest{Subject: flag.Subject, Decision: d.Decision}
		if !d.Until.IsZero() {
			back.For = d.Until.Sub(v.Now).Round(time.Second)
			back.For = max(back.For, time.Second)
		}
		return back
	}
	return record.DecisionRequest{Subject: flag.Subject, Decision: record.DecideClear}
}

// undoToken names a flag and the moment of its last decision.
func undoToken(id string, at time.Time) string {
	return id + "~" + strconv.FormatInt(at.UnixMicro(), 36)
}

func cutToken(token string) (id string, at int64, ok bool) {
	i := strings.LastIndexByte(token, '~')
	if i <= 0 {
		return "", 0, false
	}
	at, err := strconv.ParseInt(token[i+1:], 36, 64)
	return token[:i], at, err == nil
}
