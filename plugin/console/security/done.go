package security

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

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

// withDone is the address of a page of ours that says what was done to n flags.
// More has "undo", with which it can be taken back, or "of", whose flags they are.
func withDone(back, what string, n int, more url.Values) string {
	u, err := url.Parse(back)
	if err != nil {
		return back
	}
	v := view.Clone(u.Query(), "undo", "of")
	v["done"], v["n"] = []string{what}, []string{strconv.Itoa(n)}
	for name, list := range more {
		if len(list) > 0 {
			v[name] = list
		}
	}
	u.RawQuery = v.Encode()
	return u.String()
}

// takeDone takes what was done out of a page's parameters; nil if nothing was.
func (v *Pages) takeDone(ctx context.Context, given url.Values) (*done, error) {
	what, undo, of := given.Get("done"), given["undo"], given["of"]
	n, err := strconv.Atoi(given.Get("n"))
	for _, name := range []string{"done", "undo", "of", "n"} {
		given.Del(name)
	}
	if what == "" {
		return nil, nil
	}
	if len(undo) > maxDecided || len(of) > maxDecided {
		return nil, &record.ParamError{Param: "done", Reason: record.NotOfPage.With()}
	}
	d := &done{Undo: undo, Back: v.hereWithout(given)}
	switch text, known := decided[record.DecisionKind(what)]; {
	case what == doneUndone:
		d.Text = strings.TrimSpace(v.Translate("The decision was taken back.") + " " + v.nowInForce(ctx, of))
	case what == doneMeanwhile:
		d.Text = v.Translate("Nothing was taken back: somebody has decided again meanwhile.")
	case !known || err != nil:
		return nil, &record.ParamError{Param: "done", Reason: record.NotOfPage.With()}
	case n == 1 && len(undo) == 1 && v.sayDecided(ctx, d, record.DecisionKind(what)):
	default:
		d.Text = v.Translate(text) + ": " + v.Locale.Count(n, locale.Text("%d flag"), locale.Text("%d flags")) + "."
	}
	return d, nil
}

// sayDecided says what was decided about one flag, and until when. It reports false
// if that flag has been decided on since.
func (v *Pages) sayDecided(ctx context.Context, d *done, kind record.DecisionKind) bool {
	flag, err := flagToUndo(ctx, v.Source, d.Undo[0])
	if err != nil || flag == nil {
		return false
	}
	text, ok := decidedAbout[kind]
	last := flag.Decisions[len(flag.Decisions)-1]
	if !ok || last.Decision != kind {
		return false
	}
	d.Text = v.Translate(text, v.subjectText(flag.Subject))
	if !last.Until.IsZero() {
		d.Text = v.Translate("%s until %s", d.Text, v.endText(v.Now, last.Until))
	}
	d.Text += "."
	return true
}

// hereWithout is the page's address with these parameters alone.
func (v *Pages) hereWithout(given url.Values) string {
	u, err := url.Parse(v.Here)
	if err != nil {
		return v.Base
	}
	u.RawQuery = given.Encode()
	return u.String()
}

// nowInForce describes what is in force about flags; "" if that is unknown.
func (v *Pages) nowInForce(ctx context.Context, ids []string) string {
	states := map[record.FlagState]int{}
	var one record.Flag
	for _, id := range ids {
		flag, err := v.Source.Flag(ctx, id)
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, record.ErrNotFound) {
				v.Report(fmt.Errorf("reading a flag: %w", err))
			}
			return ""
		}
		one = flag.Flag
		if one.Holds(v.Now) {
			states[one.State]++
		}
	}
	if len(ids) == 1 {
		return v.oneInForce(ctx, &one)
	}
	var parts []string
	nothing := len(ids)
	for _, state := range []record.FlagState{record.FlagBanned, record.FlagThrottled, record.FlagAllowed} {
		if n := states[state]; n > 0 {
			parts = append(parts, v.Translate(flagStates[state])+": "+v.Translate("%d", n))
			nothing -= n
		}
	}
	if nothing > 0 {
		parts = append(parts, v.Translate("nothing: %d", nothing))
	}
	if len(parts) == 0 {
		return ""
	}
	return v.Translate("In force now: %s.", strings.Join(parts, ", "))
}

// oneInForce describes what is in force about a flag and about the networks that
// contain its address.
func (v *Pages) oneInForce(ctx context.Context, f *record.Flag) string {
	state := func(f *record.Flag) string {
		text := v.subjectText(f.Subject) + ": " + v.Translate(flagStates[f.State])
		if !f.Until.IsZero() {
			text += " " + v.Translate("until") + " " + view.NewMoment(f.Until, v.Location).Text
		}
		return text
	}
	var parts []string
	if f.Holds(v.Now) {
		parts = append(parts, state(f))
	}
	own, err := netip.ParsePrefix(f.Subject.Value)
	for _, around := range v.flagsAround(ctx, f.Subject) {
		p, parseErr := netip.ParsePrefix(around.Subject.Value)
		if err == nil && parseErr == nil && p.Bits() < own.Bits() && p.Contains(own.Addr()) && around.Holds(v.Now) {
			parts = append(parts, state(&around))
		}
	}
	if len(parts) == 0 {
		return v.Translate("Nothing is in force about %s now; the rules go on looking.", v.subjectText(f.Subject))
	}
	return v.Translate("In force now: %s.", strings.Join(parts, ", "))
}
