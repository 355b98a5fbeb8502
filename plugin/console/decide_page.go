package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gatebook/gatebook/record"
)

// decidePage asks once more, with the number of people that a decision hits.
type decidePage struct {
	layout
	Kind         record.DecisionKind
	Text, Effect string
	// Alarm is why nothing, or not all of it, was done.
	Alarm    string
	Lasts    bool
	Bounds   []option
	Note     string
	Back     string
	Targets  []target
	Possible bool
	// Crowded says that one of the targets is used by many people, Own is the
	// address of whoever decides, if it would be hit.
	Crowded bool
	Own     string
}

// target is one subject with who came from it of late.
type target struct {
	Name, Value string
	Subject     string
	Kind        string
	State       string
	Hits        hitsText
	// Own says that whoever decides comes from there.
	Own bool
}

// postDecision asks for confirmation at first, and then does what was confirmed.
func (c *Console) postDecision(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	d, err := c.readDecision(r.Context(), form)
	if err != nil {
		return err
	}
	alarm := c.impossible(&d)
	if !d.confirmed || alarm != "" {
		return c.askDecision(w, r, &d, alarm)
	}
	ctx, cancel := unhurried(r.Context())
	defer cancel()
	var undo []string
	var made []record.DecisionRequest
	wanted := len(d.subjects)
	defer func() { c.traceDecisions(ctx, made, wanted) }() // also if it ends half-way
	for i := range d.subjects {
		one := d.deciding(&d.subjects[i])
		flag, err := c.decide(ctx, one)
		var wrong *record.ParamError
		switch {
		case errors.As(err, &wrong):
			return c.stoppedAt(w, r, &d, i, c.sayWrong(wrong))
		case errors.Is(err, record.ErrNotStoredYet):
			made = append(made, one)
			c.report(fmt.Errorf("deciding about a flag: %w", err))
			return c.stoppedAt(w, r, &d, i, c.say(notStoredYet))
		case err != nil:
			c.report(fmt.Errorf("deciding about a flag: %w", err))
			return c.stoppedAt(w, r, &d, i, c.say("This could not be done. The server's own log says why."))
		}
		made = append(made, one)
		if n := len(flag.Decisions); n > 0 && d.kind.State() != "" {
			undo = append(undo, undoToken(flag.ID, flag.Decisions[n-1].At))
		}
	}
	seeOther(w, withDone(d.back, string(shownDecision(d.kind)), len(d.subjects), url.Values{"undo": undo}))
	return nil
}

// traceDecisions leaves the entry of decisions, which hold whether or not it can be
// written.
func (c *Console) traceDecisions(ctx context.Context, made []record.DecisionRequest, wanted int) {
	if err := c.leaveDecisions(context.WithoutCancel(ctx), made, wanted); err != nil {
		c.report(err)
	}
}

// impossible says why a decision cannot be made about its subjects.
func (c *Console) impossible(d *decision) string {
	if len(d.subjects) == 0 {
		return c.say("Nothing is selected.")
	}
	for _, s := range d.subjects {
		if s.Kind != record.AddressSubject && lasts(d.kind) {
			return c.say("%s is not possible for %s: it is for addresses. What is flagged beside them can be cleared, confirmed, or be a false positive.",
				c.decisionText(d.kind), c.subjectText(s.FlagSubject))
		}
	}
	return ""
}

// stoppedAt asks again about those subjects that come from the i-th on, after
// those before it were decided about.
func (c *Console) stoppedAt(w http.ResponseWriter, r *http.Request, d *decision, i int, why string) error {
	if i > 0 {
		why = c.say("%d done, then this happened:", i) + " " + why
	}
	d.subjects = d.subjects[i:]
	return c.askDecision(w, r, d, why)
}

func (c *Console) askDecision(w http.ResponseWriter, r *http.Request, d *decision, alarm string) error {
	page := decidePage{
		layout: c.newLayout(c.decisionText(d.kind), "flags"),
		Kind:   d.kind, Text: c.decisionText(d.kind), Effect: c.say(decisionEffects[d.kind]),
		Alarm: alarm, Lasts: lasts(d.kind), Bounds: c.boundOptions(d.length), Note: d.note, Back: d.back,
		Possible: c.impossible(d) == "",
	}
	if refuses := d.kind == record.DecideBan || d.kind == record.DecideThrottle; refuses && !c.Source.Enforces() {
		page.Effect = c.say("This gate only observes: the decision is kept, and nobody is refused until its mode is enforce.")
	}
	page.Here = d.back // this page cannot be asked for
	all, err := c.hitsOf(r.Context(), d.subjects)
	if err != nil {
		return err
	}
	asker := c.asker(r)
	for i, s := range d.subjects {
		t := target{Name: s.name, Value: s.value, Subject: c.subjectText(s.FlagSubject), Hits: c.hitsText(&s, &all[i])}
		if s.Kind != record.AddressSubject {
			t.Kind = c.say(subjectKinds[s.Kind])
		}
		if s.flag != nil {
			t.State = c.say(flagStates[s.flag.State])
		}
		if t.Own = d.hits(&s, asker); t.Own {
			page.Own = asker.String()
		}
		page.Targets = append(page.Targets, t)
		page.Crowded = page.Crowded || all[i].crowd()
	}
	status := http.StatusOK
	if alarm != "" {
		status = http.StatusBadRequest
	}
	return c.render(w, status, decideTemplate, page)
}

func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}
