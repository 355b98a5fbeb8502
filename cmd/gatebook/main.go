// Command gatebook is Caddy with Gatebook in it.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/gatebook/gatebook"
	_ "github.com/gatebook/gatebook/plugin/cli/toplevel"
)

func main() {
	caddycmd.Main()
}
