package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/importer"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
)

func setImport(cmd *cobra.Command) {
	cmd.Use = "import FILE..."
	cmd.Long = `Puts past logs into the server log: those of Apache, nginx and Caddy, and what
gatebook requests wrote as NDJSON. Files may be compressed with gzip; - is
standard input.

	$ gatebook import /var/log/nginx/access.log*

What was imported is not imported again: after an interruption, or when a log
has grown, the same command goes on where the last one ended.`
	f := cmd.Flags()
	f.String("format", "", "combined, caddy or ndjson (default: what the first line is)")
	f.Bool("again", false, "import a log also if it was imported before, or begins like one that was")
	setOnLogsWithArgs(cmd, runImport)
}

func runImport(cmd *cobra.Command, files []string) (action, error) {
	im := &importer.Importer{Progress: logfile.NewProgress(os.Stderr), Out: os.Stdout, Unreadable: os.Stderr}
	if len(files) == 0 {
		return nil, command.Usagef("no file is given; name those to import, or - for standard input; see %s --help", cmd.CommandPath())
	}
	im.Again, _ = cmd.Flags().GetBool("again")
	if name, _ := cmd.Flags().GetString("format"); name != "" {
		var err error
		if im.Format, err = logformat.ParseFormat(name); err != nil {
			return nil, command.Usagef("--format %w", err)
		}
	}
	return func(ctx context.Context, logs backend.Logs) error {
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer stop()
		// A second Ctrl-C ends the command at once, even while it reads or waits.
		context.AfterFunc(ctx, stop)
		im.Into = logs
		return im.Import(ctx, files)
	}, nil
}
