package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/importer"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
)

func setImport(cmd *cobra.Command) {
	cmd.Use = "import FILE..."
	cmd.Long = `Puts past logs into the server log: those of Apache, nginx, Traefik and Caddy,
and what gatebook requests wrote as NDJSON. Files may be compressed with gzip,
bzip2 or zstd; - is standard input.

	$ gatebook import /var/log/nginx/access.log*

What was imported is not imported again: after an interruption, or when a log
has grown, the same command goes on where the last one ended. A file that cannot
be read does not stop the others; the exit code is 1 then.

Without a server it imports into a directory, and begins one where there is
nothing:

	$ gatebook import --data-dir past --instance acme access.log*`
	logfile.SetFlags(cmd, "format")
	cmd.Flags().Bool("again", false, "import a log also if it was imported before, or begins like one that was")
	addLogFlags(cmd)
	command.SetWithArgs(cmd, cobra.ArbitraryArgs, func(cmd *cobra.Command, files []string) error {
		act, err := runImport(cmd, files)
		if err != nil {
			return err
		}
		o := backendOptions(cmd)
		o.Create = true
		return onOpenLogs(cmd, o, act)
	})
}

func runImport(cmd *cobra.Command, files []string) (action, error) {
	im, err := newImporter(cmd, files)
	if err != nil {
		return nil, err
	}
	im.Again, _ = cmd.Flags().GetBool("again")
	return func(ctx context.Context, logs backend.Logs) error {
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
		// A second Ctrl-C ends the command at once, even while it reads or waits.
		context.AfterFunc(ctx, stop)
		im.Into, im.Expiry = logs, expiryOf(ctx, logs)
		return im.Import(ctx, files)
	}, nil
}

// newImporter returns an importer of files, as the flags have it.
func newImporter(cmd *cobra.Command, files []string) (*importer.Importer, error) {
	if len(files) == 0 {
		return nil, command.Usagef("no file is given; name those to %s, or - for standard input; see %s --help", cmd.Name(), cmd.CommandPath())
	}
	said, err := logfile.ReadFlags(cmd, "format")
	if err != nil {
		return nil, command.Usage(err)
	}
	return &importer.Importer{Dialect: said, Progress: logfile.NewProgress(os.Stderr), Out: os.Stdout, Unreadable: os.Stderr}, nil
}
