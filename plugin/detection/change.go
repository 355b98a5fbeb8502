package detection

import (
	"time"

	"github.com/gatebook/gatebook/record"
)

// Names of the events that are emitted when a flag gets a new state. They are Caddy
// events, so a handler may call a webhook or a firewall.
const (
	EventFlagged  = "flagged"  // a subject got its first flag
	EventBanned   = "banned"   // a subject was banned, by a rule or by a person
	EventIncident = "incident" // the whole instance is affected
)

// change is a stored flag and the name of its event, "" for none.
type change struct {
	*record.Flag
	event string
}

// eventOf returns the name of the event for a flag that was old before; old is nil
// if there was none.
func eventOf(old, f *record.Flag) string {
	switch {
	case f.Subject.Kind == record.InstanceSubject:
		if old == nil || lastIncident(f).After(lastIncident(old)) {
			return EventIncident
		}
	case old != nil && old.State == f.State && !again(old, f):
	case f.State == record.FlagBanned:
		return EventBanned
	case old == nil:
		return EventFlagged
	}
	return ""
}

// lastIncident returns when the last incident of an instance began.
func lastIncident(f *record.Flag) (begin time.Time) {
	if n := len(f.Incidents); n > 0 {
		begin = f.Incidents[n-1].Begin
	}
	return begin
}

// again reports whether the state began anew after the old one had ended.
func again(old, f *record.Flag) bool {
	return !old.Until.IsZero() && !f.Since.Before(old.Until)
}

// data returns the fields of the event.
func (c *change) data(instance string) map[string]any {
	return map[string]any{
		"instance": instance, "id": c.ID, "kind": string(c.Subject.Kind), "subject": c.Subject.Value,
		"state": string(c.State), "until": c.Until, "rules": ruleNames(c.Flag), "country": c.Country, "asn": c.ASN,
	}
}

func ruleNames(f *record.Flag) []string {
	names := make([]string, len(f.Rules))
	for i, r := range f.Rules {
		names[i] = r.Rule
	}
	return names
}
