package console

import (
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// What follows puts an entry's own names into words of the reader's language,
// where they are such as Gatebook ships. Others, and texts that the application
// told, stay as they are.

// categories are in the menu before any entry has them.
var categories = map[string]string{
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

// outcomes are how something ended.
var outcomes = map[string]string{
	record.OutcomeSuccess: locale.Text("Success"),
	record.OutcomeFailure: locale.Text("Failure"),
	record.OutcomeDenied:  locale.Text("Denied"),
}

// category is the display name of a category.
func (v *view) category(name string) string {
	if text, shipped := categories[name]; shipped {
		return v.translate(text)
	}
	return display.Words(name)
}

func (v *view) outcome(name string) string {
	if text, known := outcomes[name]; known {
		return v.translate(text)
	}
	return display.Words(name)
}

// typeWords makes a phrase of a type: "booking.created" is "Booking created".
func (v *view) typeWords(name string) string {
	noun, verb, _ := strings.Cut(name, ".")
	thing, shipped := categories[noun]
	happened, known := verbs[verb]
	if !shipped || !known {
		return display.Words(name)
	}
	return v.translate(happened, v.translate(thing))
}

// description is record.Event.Description, of which only the type, and what
// Gatebook itself wrote, may be in another language.
func (v *view) description(e *record.Event) string {
	if text, ours := auditText(v.Locale, e); ours {
		return text
	}
	if e.Text == "" && e.Key == "" {
		return v.typeWords(e.Type)
	}
	return display.Description(e)
}

// who is record.Event.Who.
func (v *view) who(e *record.Event) (name, email string) {
	name, email = display.Who(e)
	switch {
	case e.Anonymized:
		name = v.translate("Anonymous")
	case e.Initiator == nil:
		name = v.translate("System")
	}
	return name, email
}

// whoLine is who on one line.
func (v *view) whoLine(e *record.Event) string {
	name, email := v.who(e)
	return strings.TrimSpace(name + " " + email)
}

// verdictTexts are the verdicts worth a word beside a request.
var verdictTexts = map[record.Verdict]string{
	record.VerdictThrottle: locale.Text("Throttled"),
	record.VerdictBan:      locale.Text("Banned"),
}
