package plugin

import (
	"context"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
)

// Names of the Caddy events that tell of changes of state, for `events` handlers
// that call a webhook or a firewall.
const (
	EventFlagged  = "flagged"  // a subject has a flag that it had not
	EventBanned   = "banned"   // a subject is banned, by a rule or by a person
	EventIncident = "incident" // something is wrong with the whole instance
)

// announce emits an event for each flag whose state is not the one that is
// stored. It runs off the request path.
func (d *detection) announce(ctx context.Context, log *store.AppLog, changed []record.Flag) {
	app := d.books.app.Load()
	if app == nil || app.events == nil {
		return
	}
	for i := range changed {
		f := &changed[i]
		old, err := log.Flag(ctx, f.ID)
		if err == nil && old.State == f.State {
			continue
		}
		name := EventFlagged
		switch {
		case f.Subject.Kind == record.InstanceSubject:
			name = EventIncident
		case f.State == record.FlagBanned:
			name = EventBanned
		case err == nil:
			continue // it had a flag
		}
		app.events.Emit(app.ctx, name, map[string]any{
			"instance": d.books.instance, "id": f.ID, "kind": string(f.Subject.Kind), "subject": f.Subject.Value,
			"state": string(f.State), "until": f.Until, "rules": ruleNames(f), "country": f.Country, "asn": f.ASN,
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
