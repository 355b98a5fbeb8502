package console

import (
	"cmp"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// flagStates are the display names of states.
var flagStates = map[record.FlagState]string{
	record.FlagObserved:  translatable("Observed"),
	record.FlagThrottled: translatable("Throttled"),
	record.FlagBanned:    translatable("Banned"),
	record.FlagAllowed:   translatable("Allowed"),
	record.FlagCleared:   translatable("Cleared"),
}

var flagTones = map[record.FlagState]string{record.FlagThrottled: "warn", record.FlagBanned: "bad", record.FlagAllowed: "ok"}

// reviews are the display names of review results.
var reviews = map[record.Review]string{
	record.ReviewNew:           translatable("New"),
	record.ReviewConfirmed:     translatable("Confirmed"),
	record.ReviewFalsePositive: translatable("False positive"),
}

var subjectKinds = map[record.SubjectKind]string{
	record.AddressSubject:  translatable("Address"),
	record.AccountSubject:  translatable("Account"),
	record.InstanceSubject: translatable("Instance"),
}

// scopes say what of a subject a throttle holds up.
var scopes = map[string]string{
	"agent":   translatable("some user agents only"),
	"session": translatable("some sessions only"),

	record.ScopeForm: translatable("the login form only"),
}

// decisionButtons are the decisions as buttons name them, with their keys, in order.
var decisionButtons = []struct {
	kind      record.DecisionKind
	text, key string
}{
	{record.DecideBan, translatable("Ban"), "b"},
	{record.DecideThrottle, translatable("Throttle"), "t"},
	{record.DecideAllow, translatable("Allow"), "a"},
	{record.DecideClear, translatable("Clear"), "c"},
	{record.DecideConfirm, translatable("Confirm"), "y"},
	{record.DecideFalsePositive, translatable("False positive"), "f"},
}

// decided are the messages after a decision, followed by the number of subjects.
var decided = map[record.DecisionKind]string{
	record.DecideBan:           translatable("Banned"),
	record.DecideThrottle:      translatable("Throttled"),
	record.DecideAllow:         translatable("Allowed"),
	record.DecideClear:         translatable("Cleared"),
	record.DecideConfirm:       translatable("Confirmed"),
	record.DecideFalsePositive: translatable("A false positive"),
	noteAlone:                  translatable("Noted"),
}

// effects of decisions, as the form explains them.
var decisionEffects = map[record.DecisionKind]string{
	record.DecideBan:           translatable("Every request from there is refused."),
	record.DecideThrottle:      translatable("Requests from there are let through slowly."),
	record.DecideAllow:         translatable("Every request from there is let through, whatever the rules say."),
	record.DecideClear:         translatable("What holds is lifted; the rules go on looking."),
	record.DecideConfirm:       translatable("The flag is right. Nothing else changes."),
	record.DecideFalsePositive: translatable("The flag is wrong: what holds is lifted, and earlier bans no longer make the next one longer."),
}

// bounds are the lengths of time that a decision may be made for.
var bounds = []struct {
	value, text string
	length      time.Duration
}{
	{"", translatable("as usual"), 0},
	{"15m", translatable("15 minutes"), 15 * time.Minute},
	{"1h", translatable("1 hour"), time.Hour},
	{"4h", translatable("4 hours"), 4 * time.Hour},
	{"24h", translatable("24 hours"), 24 * time.Hour},
	{"7d", translatable("7 days"), 7 * 24 * time.Hour},
	{"30d", translatable("30 days"), 30 * 24 * time.Hour},
}

// lasts reports whether a decision of the kind has a length.
func lasts(kind record.DecisionKind) bool {
	return kind == record.DecideBan || kind == record.DecideThrottle || kind == record.DecideAllow
}

func (v *securityPages) decisionText(kind record.DecisionKind) string {
	for _, d := range decisionButtons {
		if d.kind == kind {
			return v.translate(d.text)
		}
	}
	if kind == "" {
		return v.translate("Note")
	}
	return display.Visible(string(kind))
}

// subjectText is how people call a subject: an address without the length of a
// prefix that holds only it, and the instance, which needs no value, by its name.
func (v *securityPages) subjectText(s record.FlagSubject) string {
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
func (v *securityPages) byWhom(name string) string {
	if strings.TrimSpace(name) == "" {
		return v.translate("somebody")
	}
	return display.Visible(name)
}
