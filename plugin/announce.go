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

// change is a flag and the event that tells of it, "" for none.
type change struct {
	*record.Flag
	event string
}

// changesOf says what is new of flags that are about to be stored.
func changesOf(ctx context.Context, log *store.AppLog, flags []record.Flag) []change {
	list := make([]change, len(flags))
	for i := range flags {
		f := &flags[i]
		list[i].Flag = f
		old, err := log.Flag(ctx, f.ID)
		switch {
		case err == nil && old.State == f.State:
		case f.Subject.Kind == record.InstanceSubject:
			list[i].event = EventIncident
		case f.State == record.FlagBanned:
			list[i].event = EventBanned
		case err != nil: // it had no flag
			list[i].event = EventFlagged
		}
	}
	return list
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
