// Package cli has Gatebook's commands, for any Caddy build that has the
// plugin. They hang under one command, `gatebook`; the gatebook binary has
// them at top level as well.
package cli

import (
	"errors"
	"fmt"
	"os"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
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
			run(root, (*cobra.Command).Help)
			for _, c := range commands {
				sub := &cobra.Command{Use: c.name, Short: c.short}
				c.set(sub)
				root.AddCommand(sub)
			}
		},
	})
}

// RegisterTopLevel registers the commands beside Caddy's own.
func RegisterTopLevel() {
	for _, c := range commands {
		caddycmd.RegisterCommand(caddycmd.Command{
			Name:  c.name,
			Short: c.short,
			CobraFunc: func(cmd *cobra.Command) {
				cmd.Use = c.name
				c.set(cmd)
			},
		})
	}
}

type command struct {
	name, short string
	set         func(*cobra.Command)
}

var commands = []command{
	{"demo", "Show everything on one machine, with nothing configured", setDemo},
	{"proxy", "Put the gate in front of an application, with no file to write", setProxy},
	{"requests", "Read the server log", setRequests},
	{"errors", "Show what failed, in groups", setErrors},
	{"events", "Read the application log", setEvents},
	{"flags", "Read and review who was flagged for abuse", setFlags},
	{"ban", "Refuse addresses", setBan},
	{"throttle", "Slow addresses down", setThrottle},
	{"allow", "Let addresses through, whatever they do", setAllow},
	{"clear", "Undo what was decided about addresses", setClear},
	{"export", "Write lists for other tools", setExport},
	{"import", "Put past logs into the server log", setImport},
	{"replay", "Try the abuse rules on past logs", setReplay},
	{"stats", "Say what is kept, and whether all is well", setStats},
	{"retention", "Delete and anonymize what is too old now", setRetention},
	{"person", "Give somebody all that is kept about them, or erase it", setPerson},
}

// exitUsage is the exit code for wrong usage, as docs/commands.md has them; 1 is
// cobra's for any other error.
const exitUsage = 2

// run makes a command of f, which takes no arguments.
func run(cmd *cobra.Command, f func(cmd *cobra.Command) error) {
	runWith(cmd, noArgs, func(cmd *cobra.Command, _ []string) error { return f(cmd) })
}

// runWith makes a command of f: its error goes to standard error as one line.
func runWith(cmd *cobra.Command, args cobra.PositionalArgs, f func(cmd *cobra.Command, args []string) error) {
	silence(cmd)
	cmd.Args = args
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		if err != nil {
			complain(err)
		}
		if usage := (usageError{}); errors.As(err, &usage) {
			return wrongUsage(cmd)
		}
		return err
	}
}

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func silence(cmd *cobra.Command) {
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		err = fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
		complain(err)
		return wrongUsage(cmd)
	})
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown argument %q; see %s --help", args[0], cmd.CommandPath())
	complain(err)
	return wrongUsage(cmd)
}

func complain(err error) {
	fmt.Fprintln(os.Stderr, "gatebook:", err)
}

// wrongUsage makes Caddy's main function exit with 2. Only a wrapped command
// function can choose the code; with a nil error it logs nothing.
func wrongUsage(cmd *cobra.Command) error {
	return caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) {
		return exitUsage, nil
	})(cmd, nil)
}
