// Package plugin is the Caddy module: it reads the configuration, opens and
// shares the books, stands in front of every request and serves the consoles.
// The parts that do the work (recorder, appevent, store, …) know nothing of
// Caddy; this package wires them.
package plugin
