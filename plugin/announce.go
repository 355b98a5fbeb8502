package plugin

import (
	"github.com/gatebook/gatebook/record"
)

// Names of the Caddy events that tell of changes of state, for `events` handlers
// that call a webhook or a firewall.
const (
	EventFlagged  = "flagged"  // a subject has a flag that it had not
	EventBanned   = "banned"   // a subject is banned, by a rule or by a person
	EventIncident = "incident" // something is wrong with the whole instance
)

// change is a flag and the event that tells of it, "" for none.
type change struct {
	*record.Flag
	event string
}

func eventOf(old, f *record.Flag) string {
	switch {
	case old != nil && old.State == f.State:
	case f.Subject.Kind == record.InstanceSubject:
		return EventIncident
	case f.State == record.FlagBanned:
		return EventBanned
	case old == nil:
		return EventFlagged
	}
	return ""
}

// announce emits an event for each flag whose state is new. It runs off the
// request path, and holds nothing that a handler may want.
func (d *detection) announce(changed []change) {
	app := d.books.app.Load()
	if app == nil || app.events == nil {
		return
	}
	for _, f := range changed {
		if f.event == "" {
			continue
		}
		app.events.Emit(app.ctx, f.event, map[string]any{
			"instance": d.books.instance, "id": f.ID, "kind": string(f.Subject.Kind), "subject": f.Subject.Value,
			"state": string(f.State), "until": f.Until, "rules": ruleNames(f.Flag), "country": f.Country, "asn": f.ASN,
		})
	}
}

func ruleNames(f *record.Flag) []string {
	names := make([]string, len(f.Rules))
	for i, r := range f.Rules {
		names[i] = r.Rule
	}
	return names
}
