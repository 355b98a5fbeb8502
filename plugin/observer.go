package plugin

import (
	"net/netip"

	"github.com/gatebook/gatebook/plugin/geo"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/output"
	"github.com/gatebook/gatebook/plugin/useragent"
	"github.com/gatebook/gatebook/record"
)

// agents is one for the process: its cache is shared, and so is the budget that keeps
// hostile user agents from using more than a part of one core.
var agents = useragent.New()

// observer gets the new records of an instance for a configuration.
type observer struct {
	geo      *geo.DB        // nil for none
	output   *output.Output // nil for none
	emit     func(event string, data map[string]any)
	instance string
}

// Name sets the browser, the system, the country and the network of a request, unless
// an import has set them.
func (o *observer) Name(r *record.Request) {
	if !named(r) {
		r.Browser, r.OS = agents.Parse(r.UserAgent)
	}
	if o.geo != nil && r.Country == "" && r.ASN == 0 {
		r.Country, r.ASN, r.ASOrg = o.geo.Lookup(r.IP)
	}
}

// Locate returns the country and the network of an address.
func (o *observer) Locate(addr netip.Addr) (country string, asn uint32) {
	if o.geo != nil {
		country, asn, _ = o.geo.Lookup(addr)
	}
	return country, asn
}

// Request copies a request to the output.
func (o *observer) Request(r *record.Request) { o.output.Request(r) }

// Event copies an event to the output.
func (o *observer) Event(e *record.Event) { o.output.Event(o.instance, e) }

// Emit emits a Caddy event.
func (o *observer) Emit(event string, data map[string]any) { o.emit(event, data) }

// Name sets the browser and the system of a request that is imported, unless it has
// them. Unlike the naming of recorded requests it has no budget of time.
func Name(r *record.Request) {
	if !named(r) {
		r.Browser, r.OS = agents.Name(r.UserAgent)
	}
}

func named(r *record.Request) bool { return r.Browser != "" || r.OS != "" }

// Interface guard
var _ logs.Observer = (*observer)(nil)
