// Package console serves the two logs of an instance: pages for people and JSON for
// programs. It reads from any [Source] and knows neither Caddy nor a store. Its mount
// point authenticates users; the console decides which role may open which path, and
// leaves the answer to a package for each of its parts.
package console

import (
	"net/netip"
	"slices"
	"time"
)

// Console is the configuration of one mount point, for one instance. Its fields
// must not change while it serves; a [view.View] of it answers each request.
type Console struct {
	Source Source
	// Roles are those of every user who gets this far. Without one, every path
	// is refused.
	Roles []Role
	// User is the user as the site authenticated them, or "" if it did not. It
	// is the author of exports and changes in audit entries.
	User string
	// Logout is where users log out, "" where only Basic authentication knows.
	Logout string
	// Asker is the user's address as the site knows it; the zero Addr leaves it
	// to the connection. With it, the console warns users who would ban
	// themselves.
	Asker netip.Addr
	// Operator reports that the user runs the gate and could read its files as
	// well: reading leaves no audit entry, changes do.
	Operator bool
	// Base is the path under which the console is mounted, as the browser
	// sees it; it starts and ends with "/".
	Base string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Report takes errors whose cause users are not shown; nil discards them.
	Report func(error)
}

func (c *Console) has(role Role) bool { return slices.Contains(c.Roles, role) }
