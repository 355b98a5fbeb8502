package view

import (
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// What follows puts an entry's own names into words of the reader's language,
// where they are such as Gatebook ships. Others, and texts that the application
// told, stay as they are.

// Categories are in the menu before any entry has them.
var Categories = map[string]string{
	"booking":     locale.Text("Booking"),
	"building":    locale.Text("Building"),
	"cost_center": locale.Text("Cost center"),
	"equipment":   locale.Text("Equipment"),
	"global":      locale.Text("Global"),
	"group":       locale.Text("Group"),
	"location":    locale.Text("Location"),
	"login":       locale.Text("Login"),
	"object":      locale.Text("Object"),
	"smart_lock":  locale.Text("Smart lock"),
	"user":        locale.Text("User"),
	"webhook":     locale.Text("Webhook"),
}

// verbs are what happens to things, as in "Booking created".
var verbs = map[string]string{
	"added":     locale.Text("%s added"),
	"approved":  locale.Text("%s approved"),
	"cancelled": locale.Text("%s cancelled"),
	"changed":   locale.Text("%s changed"),
	"created":   locale.Text("%s created"),
	"deleted":   locale.Text("%s deleted"),
	"exported":  locale.Text("%s exported"),
	"failed":    locale.Text("%s failed"),
	"imported":  locale.Text("%s imported"),
	"moved":     locale.Text("%s moved"),
	"rejected":  locale.Text("%s rejected"),
	"removed":   locale.Text("%s removed"),
	"renamed":   locale.Text("%s renamed"),
	"reported":  locale.Text("%s reported"),
	"restored":  locale.Text("%s restored"),
	"succeeded": locale.Text("%s succeeded"),
	"updated":   locale.Text("%s updated"),
}

// Outcomes are how something ended.
var Outcomes = map[string]string{
	record.OutcomeSuccess: locale.Text("Success"),
	record.OutcomeFailure: locale.Text("Failure"),
	record.OutcomeDenied:  locale.Text("Denied"),
}

// Category is the display name of a category.
func (v *View) Category(name string) string {
	if text, shipped := Categories[name]; shipped {
		return v.Translate(text)
	}
	return display.Words(name)
}

// Outcome is the display name of an outcome.
func (v *View) Outcome(name string) string {
	if text, known := Outcomes[name]; known {
		return v.Translate(text)
	}
	return display.Words(name)
}

// typeWords makes a phrase of a type: "booking.created" is "Booking created".
func (v *View) typeWords(name string) string {
	noun, verb, _ := strings.Cut(name, ".")
	thing, shipped := Categories[noun]
	happened, known := verbs[verb]
	if !shipped || !known {
		return display.Words(name)
	}
	return v.Translate(happened, v.Translate(thing))
}

// Description is record.Event.Description, of which only the type, and what
// Gatebook itself wrote, may be in another language.
func (v *View) Description(e *record.Event) string {
	if text, ours := AuditText(v.Locale, e); ours {
		return text
	}
	if e.Text == "" && e.Key == "" {
		return v.typeWords(e.Type)
	}
	return display.Description(e)
}

// Who is record.Event.Who.
func (v *View) Who(e *record.Event) (name, email string) {
	name, email = display.Who(e)
	switch {
	case e.Anonymized:
		name = v.Translate("Anonymous")
	case e.Initiator == nil:
		name = v.Translate("System")
	}
	return name, email
}

// WhoLine is who on one line.
func (v *View) WhoLine(e *record.Event) string {
	name, email := v.Who(e)
	return strings.TrimSpace(name + " " + email)
}

// VerdictTexts are the verdicts worth a word beside a request.
var VerdictTexts = map[record.Verdict]string{
	record.VerdictThrottle: locale.Text("Throttled"),
	record.VerdictBan:      locale.Text("Banned"),
}
