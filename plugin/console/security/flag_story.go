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
	for _, s := range v.sanctions(&flag.Flag) {
		add(s)
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

// sanctions are what the gate did by itself, and that it is over.
func (v *Pages) sanctions(f *record.Flag) (list []happening) {
	all := f.Sanctions
	if len(all) == 0 && len(f.Decisions) == 0 {
		// An earlier version has kept the last one only.
		if state := cmp.Or(f.Expired, f.State); state == record.FlagBanned || state == record.FlagThrottled {
			all = []record.Sanction{{State: state, Scope: f.Scope, At: f.Since, Until: f.Until}}
		}
	}
	for i := range all {
		list = append(list, v.sanctioned(&all[i]))
	}
	if f.State == record.FlagExpired {
		list = append(list, happening{at: f.Until, Tag: v.Translate("End"), What: v.stateText(f)})
	}
	return list
}

func (v *Pages) sanctioned(s *record.Sanction) happening {
	h := happening{at: s.At, Tag: v.Translate("Gate"), Tone: flagTones[s.State], Until: view.NewMoment(s.Until, v.Location)}
	h.What = v.Translate("Throttled for %s", v.rounded(s.Until.Sub(s.At)))
	if s.State == record.FlagBanned {
		h.What = v.Translate("Banned for %s", v.rounded(s.Until.Sub(s.At)))
	}
	if s.Strike > 0 {
		h.What += ", " + v.Translate("strike %d", s.Strike)
	}
	if s.Scope != "" {
		h.What += " (" + v.Translate(scopes[s.Scope]) + ")"
	}
	h.Note = display.Visible(s.Rule)
	return h
}
