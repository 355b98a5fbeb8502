package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

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
	// Crowded says that one of the targets is used by many people.
	Crowded bool
}

// target is one subject with who came from it of late.
type target struct {
	Name, Value string
	Subject     string
	Kind        string
	State       string
	Hits        hitsText
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
	var undo []string
	var made []record.Deciding
	wanted := len(d.subjects)
	defer func() { c.traceDecisions(r.Context(), made, wanted) }() // also if it ends half-way
	for i := range d.subjects {
		one := d.deciding(&d.subjects[i])
		flag, err := c.decide(r.Context(), one)
		var wrong *record.ParamError
		switch {
		case errors.As(err, &wrong):
			return c.stoppedAt(w, r, &d, i, c.sayWrong(wrong))
		case err != nil:
			c.report(fmt.Errorf("deciding about a flag: %w", err))
			return c.stoppedAt(w, r, &d, i, c.say("This could not be done. The server's own log says why."))
		}
		made = append(made, one)
		if n := len(flag.Decisions); n > 0 && d.kind != record.DecideConfirm {
			undo = append(undo, undoToken(flag.ID, flag.Decisions[n-1].At))
		}
	}
	seeOther(w, withDone(d.back, string(d.kind), len(d.subjects), undo))
	return nil
}

// traceDecisions leaves the entry of decisions, which hold whether or not it can be
// written.
func (c *Console) traceDecisions(ctx context.Context, made []record.Deciding, wanted int) {
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
				c.decisionText(d.kind), subjectText(s.FlagSubject))
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
	page.Here = d.back // this page cannot be asked for
	all, err := c.hitsOf(r.Context(), d.subjects)
	if err != nil {
		return err
	}
	for i, s := range d.subjects {
		t := target{Name: s.name, Value: s.value, Subject: subjectText(s.FlagSubject), Hits: c.hitsText(&s, &all[i])}
		if s.Kind != record.AddressSubject {
			t.Kind = c.say(subjectKinds[s.Kind])
		}
		if s.flag != nil {
			t.State = c.say(flagStates[s.flag.State])
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

// withDone is the address of a page of ours that says what was done.
func withDone(back, what string, n int, undo []string) string {
	u, err := url.Parse(back)
	if err != nil {
		return back
	}
	v := u.Query()
	v["done"], v["n"] = []string{what}, []string{strconv.Itoa(n)}
	delete(v, "undo")
	if len(undo) > 0 {
		v["undo"] = undo
	}
	u.RawQuery = v.Encode()
	return u.String()
}

// done is what was done before the page was shown.
type done struct {
	Text string
	Undo []string
	Back string
}

// doneWords are what may have been done beside decisions.
const (
	doneUndone    = "undone"
	doneMeanwhile = "meanwhile"
)

// takeDone takes what was done out of a page's parameters; nil if nothing was.
func (c *Console) takeDone(given url.Values) (*done, error) {
	what, undo := given.Get("done"), given["undo"]
	n, err := strconv.Atoi(given.Get("n"))
	for _, name := range []string{"done", "undo", "n"} {
		given.Del(name)
	}
	if what == "" {
		return nil, nil
	}
	d := &done{Undo: undo, Back: c.hereWithout(given)}
	switch text, known := decided[record.DecisionKind(what)]; {
	case what == doneUndone:
		d.Text = c.say("The decision was taken back.")
	case what == doneMeanwhile:
		d.Text = c.say("Nothing was taken back: somebody has decided again meanwhile.")
	case !known || err != nil || len(undo) > mostDecided:
		return nil, &record.ParamError{Param: "done", Reason: "is not a parameter of a page"}
	default:
		d.Text = c.say(text) + ": " + c.speaks().count(n, phrase("%d flag"), phrase("%d flags")) + "."
	}
	return d, nil
}

// hereWithout is the page's address with these parameters alone.
func (c *Console) hereWithout(given url.Values) string {
	u, err := url.Parse(c.here)
	if err != nil {
		return c.Base
	}
	u.RawQuery = given.Encode()
	return u.String()
}

// undoOf finds the flag again that an undo names, if it is still as it was.
func (c *Console) undoOf(ctx context.Context, token string) (*record.FlagCase, error) {
	id, at, ok := cutToken(token)
	if !ok {
		return nil, &statusError{status: http.StatusBadRequest, detail: phrase("The form cannot be read.")}
	}
	flag, err := c.Source.Flag(ctx, id)
	if err != nil {
		return nil, err
	}
	if n := len(flag.Decisions); n == 0 || flag.Decisions[n-1].At.UnixMicro() != at {
		return nil, nil
	}
	return &flag, nil
}
