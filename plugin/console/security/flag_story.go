package security

import (
	"cmp"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// happening is a line of what happened to a flag: a rule that overflowed, a login,
// or a decision.
type happening struct {
	When view.Moment
	What string
	// Tag says which of them it is, Tone how it is to be seen.
	Tag, Tone string
	// Who did it, and what was said about it.
	Who, Note string
	Until     view.Moment
	at        time.Time
}

// story tells it all together, the newest first.
func (v *Pages) story(flag *record.FlagCase) (list []happening) {
	add := func(h happening) {
		h.When = view.NewMoment(h.at, v.Location)
		list = append(list, h)
	}
	for _, r := range flag.Rules {
		add(happening{at: r.First, Tag: v.Translate("Rule"), Tone: "warn", What: v.Translate("%s counted for the first time", display.Visible(r.Rule))})
		if r.Last.After(r.First) {
			add(happening{at: r.Last, Tag: v.Translate("Rule"), Tone: "warn", What: v.Translate("%s counted for the last time", display.Visible(r.Rule))})
		}
	}
	for i := range flag.Logins {
		e := &flag.Logins[i]
		if !isLogin(e) {
			continue // of the application log, security staff see these alone
		}
		h := happening{at: e.Time, Tag: v.Translate("Login"), What: display.Visible(v.Description(e)), Who: display.Visible(v.WhoLine(e))}
		if e.Outcome != record.OutcomeSuccess {
			h.Tone, h.Note = "bad", display.Visible(v.Outcome(e.Outcome))
		}
		add(h)
	}
	for _, d := range flag.Decisions {
		add(happening{
			at: d.At, Tag: v.Translate("Decision"), Tone: "ok", What: v.decisionText(d.Decision), Who: v.byWhom(d.By),
			Note: display.Visible(d.Note), Until: view.NewMoment(d.Until, v.Location),
		})
	}
	slices.SortStableFunc(list, func(a, b happening) int { return cmp.Compare(b.at.UnixNano(), a.at.UnixNano()) })
	return list
}

// reason is why something is flagged.
type reason struct {
	Rule        string
	Counts      string
	Threshold   string
	Count       string
	First, Last view.Moment
}

func (v *Pages) reasons(flag *record.Flag) (list []reason) {
	for _, r := range flag.Rules {
		one := reason{
			Rule: display.Visible(r.Rule), Count: v.Translate("%d", r.Count),
			First: view.NewMoment(r.First, v.Location), Last: view.NewMoment(r.Last, v.Location),
		}
		rule, known := ruleWords[r.Rule]
		switch {
		case !known:
			one.Counts = v.Translate("A rule of this site's own configuration.")
		default:
			one.Counts = v.Translate(rule.counts)
			one.Threshold = v.threshold(rule)
		}
		list = append(list, one)
	}
	return list
}

// threshold says when a rule overflows.
func (v *Pages) threshold(r ruleWord) string {
	switch {
	case r.fast.capacity == variable:
		return ""
	case r.fast.capacity == 0:
		return v.Translate("Once is enough.")
	}
	text := v.Translate("More than %d at a time, of which one is forgotten every %s.", r.fast.capacity, v.shortSpan(r.fast.leak))
	if r.slow.capacity > 0 {
		text += " " + v.Translate("Or more than %d slowly, of which one is forgotten every %s.", r.slow.capacity, v.shortSpan(r.slow.leak))
	}
	return text
}

func (v *Pages) shortSpan(d time.Duration) string {
	if d < time.Second {
		return v.Translate("%.1f seconds", d.Seconds())
	}
	return v.span(d)
}
