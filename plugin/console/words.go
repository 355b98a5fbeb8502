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
	"booking":     phrase("Booking"),
	"building":    phrase("Building"),
	"cost_center": phrase("Cost center"),
	"equipment":   phrase("Equipment"),
	"global":      phrase("Global"),
	"group":       phrase("Group"),
	"location":    phrase("Location"),
	"login":       phrase("Login"),
	"object":      phrase("Object"),
	"smart_lock":  phrase("Smart lock"),
	"user":        phrase("User"),
	"webhook":     phrase("Webhook"),
}

// verbs are what happens to things, as in "Booking created".
var verbs = map[string]string{
	"added":     phrase("%s added"),
	"approved":  phrase("%s approved"),
	"cancelled": phrase("%s cancelled"),
	"changed":   phrase("%s changed"),
	"created":   phrase("%s created"),
	"deleted":   phrase("%s deleted"),
	"exported":  phrase("%s exported"),
	"failed":    phrase("%s failed"),
	"imported":  phrase("%s imported"),
	"moved":     phrase("%s moved"),
	"rejected":  phrase("%s rejected"),
	"removed":   phrase("%s removed"),
	"renamed":   phrase("%s renamed"),
	"reported":  phrase("%s reported"),
	"restored":  phrase("%s restored"),
	"succeeded": phrase("%s succeeded"),
	"updated":   phrase("%s updated"),
}

// outcomes are how something ended.
var outcomes = map[string]string{
	record.OutcomeSuccess: phrase("Success"),
	record.OutcomeFailure: phrase("Failure"),
	record.OutcomeDenied:  phrase("Denied"),
}

// category is how people call one.
func (v *view) category(name string) string {
	if text, shipped := categories[name]; shipped {
		return v.say(text)
	}
	return display.Words(name)
}

func (v *view) outcome(name string) string {
	if text, known := outcomes[name]; known {
		return v.say(text)
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
	return v.say(happened, v.say(thing))
}

// description is record.Event.Description, of which only the type, and what
// Gatebook itself wrote, may be in another language.
func (v *view) description(e *record.Event) string {
	if text, ours := v.locale.sayTrace(e); ours {
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
		name = v.say("Anonymous")
	case e.Initiator == nil:
		name = v.say("System")
	}
	return name, email
}

// whoLine is who on one line.
func (v *view) whoLine(e *record.Event) string {
	name, email := v.who(e)
	return strings.TrimSpace(name + " " + email)
}
