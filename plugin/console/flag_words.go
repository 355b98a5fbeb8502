package console

import (
	"cmp"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// flagStates are what the gate does about a subject, as people call it.
var flagStates = map[record.FlagState]string{
	record.FlagObserved:  phrase("Observed"),
	record.FlagThrottled: phrase("Throttled"),
	record.FlagBanned:    phrase("Banned"),
	record.FlagAllowed:   phrase("Allowed"),
	record.FlagCleared:   phrase("Cleared"),
}

var flagTones = map[record.FlagState]string{record.FlagThrottled: "warn", record.FlagBanned: "bad", record.FlagAllowed: "ok"}

// reviews are what people made of a flag.
var reviews = map[record.Review]string{
	record.ReviewNew:           phrase("New"),
	record.ReviewConfirmed:     phrase("Confirmed"),
	record.ReviewFalsePositive: phrase("False positive"),
}

var subjectKinds = map[record.SubjectKind]string{
	record.AddressSubject:  phrase("Address"),
	record.AccountSubject:  phrase("Account"),
	record.InstanceSubject: phrase("Instance"),
}

// scopes say what of a subject a throttle holds up.
var scopes = map[string]string{
	"agent":   phrase("some user agents only"),
	"session": phrase("some sessions only"),

	record.ScopeForm: phrase("the login form only"),
}

// deciding are the decisions as buttons name them, with their keys, in order.
var deciding = []struct {
	kind      record.DecisionKind
	text, key string
}{
	{record.DecideBan, phrase("Ban"), "b"},
	{record.DecideThrottle, phrase("Throttle"), "t"},
	{record.DecideAllow, phrase("Allow"), "a"},
	{record.DecideClear, phrase("Clear"), "c"},
	{record.DecideConfirm, phrase("Confirm"), "y"},
	{record.DecideFalsePositive, phrase("False positive"), "f"},
}

// decided say what was done, behind how many subjects.
var decided = map[record.DecisionKind]string{
	record.DecideBan:           phrase("Banned"),
	record.DecideThrottle:      phrase("Throttled"),
	record.DecideAllow:         phrase("Allowed"),
	record.DecideClear:         phrase("Cleared"),
	record.DecideConfirm:       phrase("Confirmed"),
	record.DecideFalsePositive: phrase("A false positive"),
	noteAlone:                  phrase("Noted"),
}

// effects of decisions, for somebody who is about to make one.
var decisionEffects = map[record.DecisionKind]string{
	record.DecideBan:           phrase("Every request from there is refused."),
	record.DecideThrottle:      phrase("Requests from there are let through slowly."),
	record.DecideAllow:         phrase("Every request from there is let through, whatever the rules say."),
	record.DecideClear:         phrase("What holds is lifted; the rules go on looking."),
	record.DecideConfirm:       phrase("The flag is right. Nothing else changes."),
	record.DecideFalsePositive: phrase("The flag is wrong: what holds is lifted, and earlier bans no longer make the next one longer."),
}

// bounds are the lengths of time that a decision may be made for.
var bounds = []struct {
	value, text string
	length      time.Duration
}{
	{"", phrase("as usual"), 0},
	{"15m", phrase("15 minutes"), 15 * time.Minute},
	{"1h", phrase("1 hour"), time.Hour},
	{"4h", phrase("4 hours"), 4 * time.Hour},
	{"24h", phrase("24 hours"), 24 * time.Hour},
	{"7d", phrase("7 days"), 7 * 24 * time.Hour},
	{"30d", phrase("30 days"), 30 * 24 * time.Hour},
}

// lasts reports whether a decision of the kind has a length.
func lasts(kind record.DecisionKind) bool {
	return kind == record.DecideBan || kind == record.DecideThrottle || kind == record.DecideAllow
}

func (v *view) decisionText(kind record.DecisionKind) string {
	for _, d := range deciding {
		if d.kind == kind {
			return v.say(d.text)
		}
	}
	if kind == "" {
		return v.say("Note")
	}
	return display.Visible(string(kind))
}

// subjectText is how people call a subject: an address without the length of a
// prefix that holds only it, and the instance, which needs no value, by its name.
func (v *view) subjectText(s record.FlagSubject) string {
	switch s.Kind {
	case record.AddressSubject:
		return display.Visible(plainPrefix(s.Value))
	case record.InstanceSubject:
		return display.Visible(cmp.Or(s.Value, v.Source.Instance()))
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
func (v *view) byWhom(name string) string {
	if strings.TrimSpace(name) == "" {
		return v.say("somebody")
	}
	return display.Visible(name)
}
