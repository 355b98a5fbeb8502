// Package cli has Gatebook's commands, for any Caddy build that has the plugin. They
// hang under one command, `gatebook`; the gatebook binary has them at top level as well.
// Those that read or change logs do it on a [backend.Logs].
package cli

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/gate"
	"github.com/gatebook/gatebook/plugin/cli/replay"
)

// Long is what the gatebook binary says about itself.
const Long = `Gatebook is Caddy with a gate book: it stands in front of one application
and keeps two logs of it, in one process and one directory.

The server log holds every request, as its client saw it; security staff read
it. The application log holds what users did, as the application tells it in
the response header X-App-Event; the application's admins read it.

To see it all at once, on this machine and with nothing configured:

	$ gatebook demo

To put it in front of an application that listens on port 9000:

	$ gatebook proxy --from :8080 --to localhost:9000

Every command of Caddy works as well:

	$ gatebook run --config Caddyfile`

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "gatebook",
		Short: "Commands of the server log and the application log",
		CobraFunc: func(root *cobra.Command) {
			root.Use = "gatebook"
			command.Set(root, (*cobra.Command).Help)
			for _, c := range commands {
				sub := &cobra.Command{Use: c.name, Short: c.short}
				c.set(sub)
				root.AddCommand(sub)
			}
			version := &cobra.Command{Use: "version", Short: "Print the versions of Gatebook and Caddy"}
			setVersion(version)
			root.AddCommand(version)
		},
	})
}

// RegisterTopLevel registers the commands beside Caddy's own.
func RegisterTopLevel() {
	var first *cobra.Command
	last := len(commands) - 1
	for i, c := range commands {
		caddycmd.RegisterCommand(caddycmd.Command{
			Name:  c.name,
			Short: c.short,
			CobraFunc: func(cmd *cobra.Command) {
				cmd.Use = c.name
				c.set(cmd)
				switch i {
				case 0:
					first = cmd
				case last:
					changeCaddyCommands(first.Root())
				}
			},
		})
	}
}

// changeCaddyCommands has `version` print Gatebook's version too, and takes away
// Caddy's commands that replace the binary by a download without Gatebook. Caddy gives
// no access to its root command but through a command that was added to it.
func changeCaddyCommands(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "version":
			cmd.Short, cmd.Long = "Print the versions of Gatebook and Caddy", ""
			setVersion(cmd)
		case "upgrade", "add-package", "remove-package":
			root.RemoveCommand(cmd)
		}
	}
	root.Version = version()
}

// entry is a command in the list.
type entry struct {
	name, short string
	set         func(*cobra.Command)
}

var commands = []entry{
	{"demo", "Show everything on one machine, with nothing configured", gate.SetDemo},
	{"proxy", "Put the gate in front of an application, with no file to write", gate.SetProxy},
	{"requests", "Read the server log", setRequests},
	{"errors", "Show what failed, in groups", setErrors},
	{"events", "Read the application log", setEvents},
	{"flags", "Read and review who was flagged for abuse", setFlags},
	{"ban", "Refuse addresses", setBan},
	{"throttle", "Slow addresses down", setThrottle},
	{"allow", "Let addresses through, whatever they do", setAllow},
	{"clear", "Undo what was decided about addresses", setClear},
	{"learned", "Show and correct what was learned about the application", setLearned},
	{"export", "Write lists for other tools", setExport},
	{"import", "Put past logs into the server log", setImport},
	{"open", "Show past logs in the security console, on this machine", setOpen},
	{"replay", "Try the abuse rules on past logs", replay.Set},
	{"stats", "Say what is kept, and whether all is well", setStats},
	{"retention", "Delete and anonymize what is too old now", setRetention},
	{"person", "Give somebody all that is kept about them, or erase it", setPerson},
}
