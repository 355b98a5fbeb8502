// Package caddyhooks holds what Gatebook needs of Caddy beyond its documented
// interfaces: the order in which it provisions a server, and in which it exits.
// Each hook has a test that runs a real configuration and fails when Caddy
// behaves differently.
package caddyhooks
