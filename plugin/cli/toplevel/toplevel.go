// Package toplevel makes a Caddy build the gatebook binary: importing it puts
// Gatebook's commands beside Caddy's own, so that one types `gatebook events`
// and not `caddy gatebook events`.
package toplevel

import (
	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/cli"
)

func init() {
	caddy.CustomBinaryName = "gatebook"
	caddy.CustomLongDescription = cli.Long
	cli.RegisterTopLevel()
}
