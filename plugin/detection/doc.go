// Package detection runs the abuse detector of one instance: it passes requests and
// logins to the detector, stores the flags in the application log, restores them,
// and emits an event for each new state. The rules are in plugin/abuse. The package
// needs neither Caddy nor the rest of the plugin.
package detection
