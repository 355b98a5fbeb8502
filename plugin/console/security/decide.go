package security

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// decidePage asks once more, with the number of people that a decision hits.
type decidePage struct {
	view.Layout
	Kind         record.DecisionKind
	Text, Effect string
	// Alarm is why nothing, or not all of it, was done.
	Alarm    string
	Lasts    bool
	Bounds   []view.Option
	Note     string
	Back     string
	Targets  []target
	Possible bool
	// Shared reports that one of the targets is used by many people; Own is the
	// user's own address, if it would be hit.
	Shared bool
	Own    string
}

// target is one subject with its recent clients.
type target struct {
	Name, Value string
	Subject     string
	Kind        string
	State       string
	Hits        hitsText
	// Own reports that the user's own address is in it.
	Own bool
}

// Decide asks for confirmation at first, and then does what was confirmed.
func (v *Pages) Decide(w http.ResponseWriter, r *http.Request) error {
	form, err := view.ReadForm(w, r)
	if err != nil {
		return err
	}
	d, err := v.readDecision(r.Context(), form)
	if err != nil {
		return err
	}
	alarm := v.impossible(&d)
	if !d.confirmed || alarm != "" {
		return v.askDecision(w, r, &d, alarm)
	}
	ctx, cancel := audit.DecisionContext(r.Context())
	defer cancel()
	var undo []string
	var made []record.DecisionRequest
	wanted := len(d.subjects)
	defer func() { v.reportAudit(ctx, made, wanted) }() // also if it ends half-way
	for i := range d.subjects {
		one := d.decisionRequest(&d.subjects[i])
		flag, err := audit.Decide(ctx, v.View, v.Source, one)
		var invalid *record.ParamError
		switch {
		case errors.As(err, &invalid):
			return v.stoppedAt(w, r, &d, i, v.ErrorText(invalid))
		case errors.Is(err, record.ErrNotStoredYet):
			made = append(made, one)
			v.Report(fmt.Errorf("deciding about a flag: %w", err))
			return v.stoppedAt(w, r, &d, i, v.Translate(view.NotStoredYet))
		case err != nil:
			v.Report(fmt.Errorf("deciding about a flag: %w", err))
			return v.stoppedAt(w, r, &d, i, v.Translate("This could not be done. The server's own log says why."))
		}
		made = append(made, one)
		if n := len(flag.Decisions); n > 0 && d.kind.State() != "" {
			undo = append(undo, undoToken(flag.ID, flag.Decisions[n-1].At))
		}
	}
	view.SeeOther(w, withDone(d.back, string(audit.Shown(d.kind)), len(d.subjects), url.Values{"undo": undo}))
	return nil
}

// reportAudit writes the audit entry of decisions. They hold even if it cannot be
// written.
func (v *Pages) reportAudit(ctx context.Context, made []record.DecisionRequest, wanted int) {
	if err := audit.Decisions(context.WithoutCancel(ctx), v.View, v.Source, made, wanted); err != nil {
		v.Report(err)
	}
}

// impossible says why a decision cannot be made about its subjects.
func (v *Pages) impossible(d *decision) string {
	if len(d.subjects) == 0 {
		return v.Translate("Nothing is selected.")
	}
	for _, s := range d.subjects {
		if s.Kind != record.AddressSubject && lasts(d.kind) {
			return v.Translate("%s is not possible for %s: it is for addresses. What is flagged beside them can be cleared, confirmed, or be a false positive.",
				v.decisionText(d.kind), v.subjectText(s.FlagSubject))
		}
	}
	return ""
}

// stoppedAt asks again about those subjects that come from the i-th on, after
// those before it were decided about.
func (v *Pages) stoppedAt(w http.ResponseWriter, r *http.Request, d *decision, i int, why string) error {
	if i > 0 {
		why = v.Translate("%d done, then this happened:", i) + " " + why
	}
	d.subjects = d.subjects[i:]
	return v.askDecision(w, r, d, why)
}

func (v *Pages) askDecision(w http.ResponseWriter, r *http.Request, d *decision, alarm string) error {
	page := decidePage{
		Layout: v.NewLayout(v.decisionText(d.kind), "flags"),
		Kind:   d.kind, Text: v.decisionText(d.kind), Effect: v.Translate(decisionEffects[d.kind]),
		Alarm: alarm, Lasts: lasts(d.kind), Bounds: v.boundOptions(d.length), Note: d.note, Back: d.back,
		Possible: v.impossible(d) == "",
	}
	if refuses := d.kind == record.DecideBan || d.kind == record.DecideThrottle; refuses && !v.Source.Enforces() {
		page.Effect = v.Translate("This gate only observes: the decision is kept, and nobody is refused until its mode is enforce.")
	}
	page.Here = d.back // this page cannot be asked for
	all, err := countHits(r.Context(), v.Source, d.subjects, v.Now.Add(-hitsBack))
	if err != nil {
		return err
	}
	asker := v.asker(r)
	for i, s := range d.subjects {
		t := target{Name: s.name, Value: s.value, Subject: v.subjectText(s.FlagSubject), Hits: v.hitsText(&s, &all[i])}
		if s.Kind != record.AddressSubject {
			t.Kind = v.Translate(subjectKinds[s.Kind])
		}
		if s.flag != nil {
			t.State = v.Translate(flagStates[s.flag.State])
		}
		if t.Own = d.hits(&s, asker); t.Own {
			page.Own = asker.String()
		}
		page.Targets = append(page.Targets, t)
		page.Shared = page.Shared || all[i].shared()
	}
	status := http.StatusOK
	if alarm != "" {
		status = http.StatusBadRequest
	}
	return v.Render(w, status, decideTemplate, page)
}
