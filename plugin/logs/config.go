package logs

import (
	"net/netip"
	"sync/atomic"

	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/retention"
)

// Config is a configuration that uses the logs.
type Config struct {
	// Observer gets what is recorded while this is the newest configuration.
	Observer Observer
	// Detection has the settings of the abuse detection.
	Detection detection.Settings
	// Retention is how long requests and flags are kept.
	Retention retention.Policy
	// Start are the settings of the application log until people choose others.
	Start record.LogSettings

	inForce atomic.Bool
}

// Observer is the part of a configuration that gets new records. It is called off
// the request path and must not keep what it gets.
type Observer interface {
	// Name sets what is derived from a request: its browser and its country.
	Name(*record.Request)
	// Locate returns the country and the network of an address, as far as known.
	Locate(netip.Addr) (country string, asn uint32)
	// Request gets each recorded request.
	Request(*record.Request)
	// Event gets each stored event.
	Event(*record.Event)
	// Emit emits an event about a flag; see [detection.Options].
	Emit(event string, data map[string]any)
}
