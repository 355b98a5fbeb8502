package security

import (
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

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
	text := v.Translate("More than %d at a time; one is forgotten %s.", r.fast.capacity, v.every(r.fast.leak))
	if r.slow.capacity > 0 {
		text += " " + v.Translate("Or more than %d slowly; one is forgotten %s.", r.slow.capacity, v.every(r.slow.leak))
	}
	return text
}

// every says how often something happens.
func (v *Pages) every(d time.Duration) string {
	switch d {
	case time.Second:
		return v.Translate("every second")
	case time.Minute:
		return v.Translate("every minute")
	case time.Hour:
		return v.Translate("every hour")
	}
	if d < time.Second {
		return v.Translate("every %s", v.Translate("%.1f seconds", d.Seconds()))
	}
	return v.Translate("every %s", v.span(d))
}
