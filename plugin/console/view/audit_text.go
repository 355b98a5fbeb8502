package view

import (
	"strconv"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
)

// auditKind is what an entry says, with the parameters that its text has, in order. In
// it %v is a word or a number.
type auditKind struct {
	text   string
	params []string
}

// auditKinds are by the keys of entries, so that pages can translate them.
// The entry itself has its text in English, for other readers.
var auditKinds = map[string]auditKind{
	"gatebook.application_log_exported":      {locale.Text("The application log was exported as %v (rows: %v)."), exportParams},
	"gatebook.application_log_export_failed": {locale.Text("An export of the application log as %v broke off (rows until then: %v)."), exportParams},
	"gatebook.server_log_exported":           {locale.Text("The server log was exported as %v (rows: %v)."), exportParams},
	"gatebook.server_log_export_failed":      {locale.Text("An export of the server log as %v broke off (rows until then: %v)."), exportParams},
	"gatebook.settings_changed":              {locale.Text("The settings of the application log were changed."), nil},
	"gatebook.settings_changed_later":        {locale.Text("The settings of the application log were changed; what keeps less waits until %v."), []string{"effective"}},
	"gatebook.settings_taken_back":           {locale.Text("A change of the settings of the application log was taken back."), nil},
	"gatebook.flag_decided":                  {locale.Text("A flag was decided on (decision: %v, about: %v)."), []string{"decision", "kind"}},
	"gatebook.flags_decided":                 {locale.Text("Flags were decided on, several at once (decisions: %v)."), []string{"count"}},
	"gatebook.learned_corrected":             {locale.Text("What the gate learned about the application was corrected (kind: %v, holds: %v)."), []string{"kind", "holds"}},
	"gatebook.learned_undone":                {locale.Text("A correction of what the gate learned about the application was taken back (kind: %v)."), []string{"kind"}},
	"gatebook.learned_taught":                {locale.Text("The gate learned about the application from past logs (requests: %v)."), []string{"requests"}},
	"gatebook.login_failed":                  {locale.Text("Logins to a console failed (console: %v, logins: %v)."), []string{"console", "count"}},
	"gatebook.person_exported":               {locale.Text("Everything about one person was exported."), nil},
	"gatebook.person_erased":                 {locale.Text("Everything about one person was anonymized (entries: %v)."), []string{"entries"}},
}

var exportParams = []string{"format", "rows"}

// AuditText is the text of an audit entry. It is false for an entry whose key is
// unknown or that lacks parameters.
func AuditText(l *locale.Locale, e *record.Event) (string, bool) {
	t, known := auditKinds[e.Key]
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
	return l.Translate(t.text, args...), true
}
