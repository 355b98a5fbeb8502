package plugin

import (
	"net/netip"

	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/useragent"
	"github.com/gatebook/gatebook/record"
)

// agents is one for the process: its cache is shared, and so is the budget that keeps
// hostile user agents from using more than a part of one core.
var agents = useragent.New()

// observer gets the new records of an instance for a configuration.
type observer struct {
	app      *App
	instance string
}

// Name sets the browser, the system, the country and the network of a request, unless
// an import has set them.
func (o *observer) Name(r *record.Request) {
	if !named(r) {
		r.Browser, r.OS = agents.Parse(r.UserAgent)
	}
	if o.app.geo != nil && r.Country == "" && r.ASN == 0 {
		r.Country, r.ASN, r.ASOrg = o.app.geo.Lookup(r.IP)
	}
}

// Locate returns the country and the network of an address.
func (o *observer) Locate(addr netip.Addr) (country string, asn uint32) {
	if o.app.geo != nil {
		country, asn, _ = o.app.geo.Lookup(addr)
	}
	return country, asn
}

// Request copies a request to the output.
func (o *observer) Request(r *record.Request) { o.app.output.Request(r) }

// Event copies an event to the output.
func (o *observer) Event(e *record.Event) { o.app.output.Event(o.instance, e) }

// Emit emits a Caddy event.
func (o *observer) Emit(event string, data map[string]any) {
	if o.app.events != nil {
		o.app.events.Emit(o.app.ctx, event, data)
	}
}

// Interface guard
var _ logs.Observer = (*observer)(nil)
