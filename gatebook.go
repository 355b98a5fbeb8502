// Package gatebook plugs Gatebook into a Caddy build: `xcaddy build --with
// github.com/gatebook/gatebook` is all it takes. It registers the module and,
// under the one command `gatebook`, its commands.
package gatebook

import (
	// What is registered, is registered by importing.
	_ "github.com/gatebook/gatebook/plugin"
	_ "github.com/gatebook/gatebook/plugin/cli"
)
