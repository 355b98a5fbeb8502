package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// happening is a line of what happened to a flag: a rule that overflowed, a login,
// or a decision.
type happening struct {
	When moment
	What string
	// Tag says which of them it is, Tone how it is to be seen.
	Tag, Tone string
	// Who did it, and what was said about it.
	Who, Note string
	Until     moment
	at        time.Time
}

// story tells it all together, the newest first.
func (c *Console) story(flag *record.FlagCase) (list []happening) {
	add := func(h happening) {
		h.When = newMoment(h.at, c.location())
		list = append(list, h)
	}
	for _, r := range flag.Rules {
		add(happening{at: r.First, Tag: c.say("Rule"), Tone: "warn", What: c.say("%s counted for the first time", display.Visible(r.Rule))})
		if r.Last.After(r.First) {
			add(happening{at: r.Last, Tag: c.say("Rule"), Tone: "warn", What: c.say("%s counted for the last time", display.Visible(r.Rule))})
		}
	}
	for i := range flag.Logins {
		e := &flag.Logins[i]
		if !isLogin(e) {
			continue // of the application log, security staff see these alone
		}
		h := happening{at: e.Time, Tag: c.say("Login"), What: display.Visible(c.description(e)), Who: display.Visible(c.whoLine(e))}
		if e.Outcome != record.OutcomeSuccess {
			h.Tone, h.Note = "bad", display.Visible(c.outcome(e.Outcome))
		}
		add(h)
	}
	for _, d := range flag.Decisions {
		add(happening{
			at: d.At, Tag: c.say("Decision"), Tone: "ok", What: c.decisionText(d.Decision), Who: c.byWhom(d.By),
			Note: display.Visible(d.Note), Until: newMoment(d.Until, c.location()),
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
	First, Last moment
}

func (c *Console) reasons(flag *record.Flag) (list []reason) {
	for _, r := range flag.Rules {
		one := reason{
			Rule: display.Visible(r.Rule), Count: c.say("%d", r.Count),
			First: newMoment(r.First, c.location()), Last: newMoment(r.Last, c.location()),
		}
		rule, known := ruleWords[r.Rule]
		switch {
		case !known:
			one.Counts = c.say("A rule of this site's own configuration.")
		default:
			one.Counts = c.say(rule.counts)
			one.Threshold = c.threshold(rule)
		}
		list = append(list, one)
	}
	return list
}

// threshold says when a rule overflows.
func (c *Console) threshold(r ruleWord) string {
	switch {
	case r.capacity == variable:
		return ""
	case r.capacity == 0:
		return c.say("Once is enough.")
	}
	return c.say("More than %d at a time, of which one is forgotten every %s.", r.capacity, c.shortSpan(r.leak))
}

func (c *Console) shortSpan(d time.Duration) string {
	if d < time.Second {
		return c.say("%.1f seconds", d.Seconds())
	}
	return c.span(d)
}
