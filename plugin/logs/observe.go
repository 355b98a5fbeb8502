package logs

import (
	"net/netip"

	"github.com/gatebook/gatebook/record"
)

// What follows passes records to the newest configuration.

func (l *Logs) observed(do func(Observer)) {
	if o := l.observer.Load(); o != nil {
		do(*o)
	}
}

func (l *Logs) name(r *record.Request) { l.observed(func(o Observer) { o.Name(r) }) }

func (l *Logs) request(r *record.Request) {
	l.observed(func(o Observer) { o.Request(r) })
	if l.Requests.Followed() {
		l.Requests.Send(r.Clone())
	}
}

func (l *Logs) event(e *record.Event) {
	l.observed(func(o Observer) { o.Event(e) })
	if l.Events.Followed() {
		l.Events.Send(*e)
	}
}

func (l *Logs) locate(addr netip.Addr) (country string, asn uint32) {
	l.observed(func(o Observer) { country, asn = o.Locate(addr) })
	return country, asn
}

func (l *Logs) emit(event string, data map[string]any) {
	l.observed(func(o Observer) { o.Emit(event, data) })
}
