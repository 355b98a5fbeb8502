package console

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
)

// What people do here leaves entries of the category gatebook. They name who did
// it and nobody else.

// trace is what an entry says, with the parameters that its text has, in order. In
// it %v is a word or a number.
type trace struct {
	text   string
	params []string
}

// traces are by the keys of entries, so that pages say them in their language.
// The entry itself has them in English, for whoever reads it elsewhere.
var traces = map[string]trace{
	"gatebook.application_log_exported":      {phrase("The application log was exported as %v (rows: %v)."), exportParams},
	"gatebook.application_log_export_failed": {phrase("An export of the application log as %v broke off (rows until then: %v)."), exportParams},
	"gatebook.server_log_exported":           {phrase("The server log was exported as %v (rows: %v)."), exportParams},
	"gatebook.server_log_export_failed":      {phrase("An export of the server log as %v broke off (rows until then: %v)."), exportParams},
	"gatebook.settings_changed":              {phrase("The settings of the application log were changed."), nil},
	"gatebook.settings_changed_later":        {phrase("The settings of the application log were changed; what keeps less waits until %v."), []string{"effective"}},
	"gatebook.settings_taken_back":           {phrase("A change of the settings of the application log was taken back."), nil},
	"gatebook.flag_decided":                  {phrase("A flag was decided on (decision: %v, about: %v)."), []string{"decision", "kind"}},
	"gatebook.flags_decided":                 {phrase("Flags were decided on, several at once (decisions: %v)."), []string{"count"}},
	"gatebook.login_failed":                  {phrase("Logins to a console failed (console: %v, logins: %v)."), []string{"console", "count"}},
	"gatebook.person_exported":               {phrase("Everything about one person was exported."), nil},
	"gatebook.person_erased":                 {phrase("Everything about one person was anonymized (entries: %v)."), []string{"entries"}},
}

var exportParams = []string{"format", "rows"}

// sayTrace says what an entry of our own tells. It is false for one that is not
// known, or not whole.
func (l *locale) sayTrace(e *record.Event) (string, bool) {
	t, known := traces[e.Key]
	if !known || e.Category != record.CategoryGatebook {
		return "", false
	}
	args := make([]any, len(t.params))
	for i, name := range t.params {
		value, there := e.Params[name]
		if !there {
			return "", false
		}
		args[i] = value
		if n, err := strconv.Atoi(value); err == nil {
			args[i] = n
		}
	}
	return l.say(t.text, args...), true
}

// traceTime is how long an entry may take to be written.
const traceTime = 10 * time.Second

// leave writes an entry, in which nothing but its initiator is personal, and fills
// in what it can. That does not end with the request: nobody avoids an entry by
// leaving.
func (v *view) leave(ctx context.Context, e record.Event, details any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceTime)
	defer cancel()
	e.Category = record.CategoryGatebook
	e.Text, _ = english.sayTrace(&e)
	e.Impersonal = []string{"text", "params", "changes", "details"}
	if v.User != "" {
		e.Initiator = &record.Initiator{ID: v.User, Name: v.User, Kind: "user"}
	}
	var err error
	if e.Details, err = json.Marshal(details); err != nil {
		return fmt.Errorf("encoding the details of an entry: %w", err)
	}
	if err := v.Source.Note(ctx, e); err != nil {
		return fmt.Errorf("writing the entry %s by %q: %w", e.Type, v.User, err)
	}
	return nil
}
