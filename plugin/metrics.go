package plugin

import (
	"errors"
	"fmt"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatebook/gatebook/record"
)

// metrics reports the health of the logs. It is one for the process and is registered with every configuration's registry, since Caddy makes a new
// registry with each. The only labels are the instance and the log: nothing
// that a client chooses.
type metrics struct {
	// instances returns the instances of the configuration in force.
	instances func() map[string]*instance
}

var (
	metricLabels  = []string{"instance", "log"}
	metricUp      = describe("up", "Whether the log can be written.")
	metricEntries = describe("entries", "Entries that are kept.")
	metricBytes   = describe("disk_bytes", "Bytes that the log takes on the disk.")
	metricQueue   = describe("queue", "What waits to be written: bytes of the server log, events of the application log.")
	metricRecords = describe("recorded_total", "Entries taken in since the log was opened.")
	metricDropped = describe("dropped_total", "Entries lost because the queue was full or the log could not be written.")
	metricReject  = describe("rejected_total", "Events that were refused because their header was malformed.")
	metricLag     = describe("lag", "Events that are on the disk and are not found yet.")
	metricLate    = describe("late_total", "Events stored after their response had been released.")
	metricUntaken = describe("not_taken_total", "Events that something removed before the gate, or that came from a cache without an id.")
)

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName("caddy", "gatebook", name), help, metricLabels, nil)
}

// registerMetrics registers the collector with ctx's registry, once however
// many handlers it has.
func registerMetrics(ctx caddy.Context, instances func() map[string]*instance) error {
	var already prometheus.AlreadyRegisteredError
	if err := ctx.GetMetricsRegistry().Register(metrics{instances}); err != nil && !errors.As(err, &already) {
		return fmt.Errorf("registering metrics: %w", err)
	}
	return nil
}

// Describe sends what is collected.
func (metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricUp, metricEntries, metricBytes, metricQueue, metricRecords, metricDropped, metricReject, metricLate, metricUntaken, metricLag} {
		ch <- d
	}
}

// Collect reports the logs of the configuration in force.
func (m metrics) Collect(ch chan<- prometheus.Metric) {
	for _, in := range m.instances() {
		if l := in.ref.Logs(); l != nil {
			h := l.Health()
			collectLog(ch, in.name, "server", h.ServerLog)
			collectLog(ch, in.name, "application", h.ApplicationLog)
		}
	}
}

func collectLog(ch chan<- prometheus.Metric, instance, log string, b *record.BookHealth) {
	gauge := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, instance, log)
	}
	count := func(d *prometheus.Desc, v uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), instance, log)
	}
	up := 0.0
	if b.State == record.StateOK {
		up = 1
	}
	gauge(metricUp, up)
	gauge(metricEntries, float64(b.Entries))
	gauge(metricBytes, float64(b.Bytes))
	gauge(metricQueue, float64(b.Queue))
	count(metricRecords, b.Recorded)
	count(metricDropped, b.Dropped)
	count(metricReject, b.Rejected)
	count(metricLate, b.Late)
	count(metricUntaken, b.NotTaken)
	gauge(metricLag, float64(b.Lag))
}

// Interface guards
var _ prometheus.Collector = metrics{}
