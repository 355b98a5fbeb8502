// Package replay runs the abuse detection over past logs.
package replay

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// Set makes the command replay.
func Set(cmd *cobra.Command) {
	cmd.Use = "replay FILE..."
	cmd.Long = `Runs the abuse detection over past logs, in their own time, and prints whom it
would have flagged: one JSON line for each time that a rule overflows. It
touches no logs and needs no server. Files may be compressed with gzip, bzip2
or zstd; - is standard input.

	$ gatebook replay --summary /var/log/nginx/access.log*

With --rules it says what a Caddyfile's abuse blocks would change against the
default rules.`
	f := cmd.Flags()
	logfile.SetFlags(cmd, "format")
	f.Bool("summary", false, "print a table instead of JSON lines")
	f.String("allow", "private", "private: leave private networks and this machine alone; none: flag them too")
	f.String("rules", "", "compare with the abuse blocks of this Caddyfile")
	command.SetWithArgs(cmd, cobra.ArbitraryArgs, run)
}

func run(cmd *cobra.Command, files []string) error {
	r := &replayer{out: os.Stdout, unreadable: os.Stderr, progress: logfile.NewProgress(os.Stderr)}
	if err := r.read(cmd, files); err != nil {
		return command.Usage(err)
	}
	if path, _ := cmd.Flags().GetString("rules"); path != "" {
		if err := r.tryRules(path); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return r.files(ctx, files)
}

// read reads the flags and arguments.
func (r *replayer) read(cmd *cobra.Command, files []string) (err error) {
	if len(files) == 0 {
		return fmt.Errorf("no file is given; name those to replay, or - for standard input; see %s --help", cmd.CommandPath())
	}
	f := cmd.Flags()
	r.summary, _ = f.GetBool("summary")
	if r.dialect, err = logfile.ReadFlags(cmd, "format"); err != nil {
		return err
	}
	switch allow, _ := f.GetString("allow"); allow {
	case "private":
	case "none":
		r.private = true
	default:
		return fmt.Errorf("--allow %q must be private or none", display.Visible(record.Cut(allow, 64)))
	}
	return r.try("default", abuse.Config{})
}

// tryRules adds the abuse blocks of a Caddyfile.
func (r *replayer) tryRules(path string) error {
	list, err := readRules(path)
	if err != nil {
		return err
	}
	for _, one := range list {
		if err := r.try(one.instance, one.config); err != nil {
			return fmt.Errorf("--rules %s: %w", display.Visible(path), err)
		}
	}
	return nil
}
