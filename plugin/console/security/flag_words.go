package security

import (
	"cmp"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// flagStates are the display names of states.
var flagStates = map[record.FlagState]string{
	record.FlagObserved:  locale.Text("Observed"),
	record.FlagThrottled: locale.Text("Throttled"),
	record.FlagBanned:    locale.Text("Banned"),
	record.FlagAllowed:   locale.Text("Allowed"),
	record.FlagCleared:   locale.Text("Cleared"),
	record.FlagExpired:   locale.Text("Expired"),
}

// expiredStates say what has run out.
var expiredStates = map[record.FlagState]string{
	record.FlagThrottled: locale.Text("Throttle expired"),
	record.FlagBanned:    locale.Text("Ban expired"),
	record.FlagAllowed:   locale.Text("Allow expired"),
}

// stateText says what is done about the subject of a flag, or what is done no more.
func (v *Pages) stateText(f *record.Flag) string {
	if f.State == record.FlagExpired {
		return v.Translate(expiredStates[f.Expired])
	}
	return v.Translate(flagStates[f.State])
}

var flagTones = map[record.FlagState]string{record.FlagThrottled: "warn", record.FlagBanned: "bad", record.FlagAllowed: "ok"}

// reviews are the display names of review results.
var reviews = map[record.Review]string{
	record.ReviewNew:           locale.Text("New"),
	record.ReviewConfirmed:     locale.Text("Confirmed"),
	record.ReviewFalsePositive: locale.Text("False positive"),
}

var subjectKinds = map[record.SubjectKind]string{
	record.AddressSubject:  locale.Text("Address"),
	record.AccountSubject:  locale.Text("Account"),
	record.InstanceSubject: locale.Text("Instance"),
}

// scopes say what of a subject a throttle holds up.
var scopes = map[string]string{
	"agent":   locale.Text("some user agents only"),
	"session": locale.Text("some sessions only"),

	record.ScopeForm: locale.Text("the login form only"),
}

// decisionButtons are the decisions as buttons name them, with their keys, in order.
var decisionButtons = []struct {
	kind      record.DecisionKind
	text, key string
}{
	{record.DecideBan, locale.Text("Ban"), "b"},
	{record.DecideThrottle, locale.Text("Throttle"), "t"},
	{record.DecideAllow, locale.Text("Allow"), "a"},
	{record.DecideClear, locale.Text("Clear"), "c"},
	{record.DecideConfirm, locale.Text("Confirm"), "y"},
	{record.DecideFalsePositive, locale.Text("False positive"), "f"},
}

// decided are the messages after a decision, followed by the number of subjects.
var decided = map[record.DecisionKind]string{
	record.DecideBan:           locale.Text("Banned"),
	record.DecideThrottle:      locale.Text("Throttled"),
	record.DecideAllow:         locale.Text("Allowed"),
	record.DecideClear:         locale.Text("Cleared"),
	record.DecideConfirm:       locale.Text("Confirmed"),
	record.DecideFalsePositive: locale.Text("A false positive"),
	audit.NoteAlone:            locale.Text("Noted"),
}

// decidedAbout are the messages after a decision about one subject.
var decidedAbout = map[record.DecisionKind]string{
	record.DecideBan:           locale.Text("Banned %s"),
	record.DecideThrottle:      locale.Text("Throttled %s"),
	record.DecideAllow:         locale.Text("Allowed %s"),
	record.DecideClear:         locale.Text("Cleared %s"),
	record.DecideFalsePositive: locale.Text("%s is a false positive"),
}

// effects of decisions, as the form explains them.
var decisionEffects = map[record.DecisionKind]string{
	record.DecideBan:           locale.Text("Every request from there is refused."),
	record.DecideThrottle:      locale.Text("Requests from there are let through slowly."),
	record.DecideAllow:         locale.Text("Every request from there is let through, whatever the rules say."),
	record.DecideClear:         locale.Text("What holds is lifted; the rules go on looking."),
	record.DecideConfirm:       locale.Text("The flag is right. Nothing else changes."),
	record.DecideFalsePositive: locale.Text("The flag is wrong: what holds is lifted, and earlier bans no longer make the next one longer."),
}

// bounds are the lengths of time that a decision may be made for.
var bounds = []struct {
	value, text string
	length      time.Duration
}{
	{"", locale.Text("default: ban and throttle %s, allow without end"), 0},
	{"15m", locale.Text("15 minutes"), 15 * time.Minute},
	{"1h", locale.Text("1 hour"), time.Hour},
	{"4h", locale.Text("4 hours"), 4 * time.Hour},
	{"24h", locale.Text("24 hours"), 24 * time.Hour},
	{"7d", locale.Text("7 days"), 7 * 24 * time.Hour},
	{"30d", locale.Text("30 days"), 30 * 24 * time.Hour},
}

// lasts reports whether a decision of the kind has a length.
func lasts(kind record.DecisionKind) bool {
	return kind == record.DecideBan || kind == record.DecideThrottle || kind == record.DecideAllow
}

func (v *Pages) decisionText(kind record.DecisionKind) string {
	for _, d := range decisionButtons {
		if d.kind == kind {
			return v.Translate(d.text)
		}
	}
	if kind == "" {
		return v.Translate("Note")
	}
	return display.Visible(string(kind))
}

// subjectText is how people call a subject: an address without the length of a
// prefix that holds only it, and the instance, which needs no value, by its name.
func (v *Pages) subjectText(s record.FlagSubject) string {
	switch s.Kind {
	case record.AddressSubject:
		return display.Visible(plainPrefix(s.Value))
	case record.InstanceSubject:
		return display.Visible(cmp.Or(s.Value, v.Instance))
	}
	return display.Visible(s.Value)
}

func plainPrefix(value string) string {
	if prefix, err := record.ParsePrefix(value); err == nil && prefix.IsSingleIP() {
		return prefix.Addr().String()
	}
	return value
}

// byWhom is who decided or wrote something; nobody has to say who they are.
func (v *Pages) byWhom(name string) string {
	if strings.TrimSpace(name) == "" {
		return v.Translate("somebody")
	}
	return display.Visible(name)
}
