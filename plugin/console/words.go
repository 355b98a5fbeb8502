package console

import (
	"strings"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// What follows puts an entry's own names into words of the reader's language,
// where they are such as Gatebook ships. Others, and texts that the application
// told, stay as they are.

// categories are in the menu before any entry has them.
var categories = map[string]string{
	"booking":     translatable("Booking"),
	"building":    translatable("Building"),
	"cost_center": translatable("Cost center"),
	"equipment":   translatable("Equipment"),
	"global":      translatable("Global"),
	"group":       translatable("Group"),
	"location":    translatable("Location"),
	"login":       translatable("Login"),
	"object":      translatable("Object"),
	"smart_lock":  translatable("Smart lock"),
	"user":        translatable("User"),
	"webhook":     translatable("Webhook"),
}

// verbs are what happens to things, as in "Booking created".
var verbs = map[string]string{
	"added":     translatable("%s added"),
	"approved":  translatable("%s approved"),
	"cancelled": translatable("%s cancelled"),
	"changed":   translatable("%s changed"),
	"created":   translatable("%s created"),
	"deleted":   translatable("%s deleted"),
	"exported":  translatable("%s exported"),
	"failed":    translatable("%s failed"),
	"imported":  translatable("%s imported"),
	"moved":     translatable("%s moved"),
	"rejected":  translatable("%s rejected"),
	"removed":   translatable("%s removed"),
	"renamed":   translatable("%s renamed"),
	"reported":  translatable("%s reported"),
	"restored":  translatable("%s restored"),
	"succeeded": translatable("%s succeeded"),
	"updated":   translatable("%s updated"),
}

// outcomes are how something ended.
var outcomes = map[string]string{
	record.OutcomeSuccess: translatable("Success"),
	record.OutcomeFailure: translatable("Failure"),
	record.OutcomeDenied:  translatable("Denied"),
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
	record.VerdictThrottle: translatable("Throttled"),
	record.VerdictBan:      translatable("Banned"),
}
