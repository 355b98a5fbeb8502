package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/gate"
	"github.com/gatebook/gatebook/plugin/cli/importer"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
)

// viewInstance is the name of the instance that holds the logs that are shown.
const viewInstance = "log"

func setOpen(cmd *cobra.Command) {
	cmd.Use = "open FILE..."
	cmd.Long = `Shows past logs in the security console: what was asked for, by whom, and how it
was answered, over time. It needs no server and no configuration. The logs may be
those of Apache, nginx, Traefik and Caddy, compressed with gzip, bzip2 or zstd; -
is standard input.

	$ gatebook open /var/log/nginx/access.log*

The console is on this machine only, at an address that holds a secret, and
changes nothing. What it needs is in a temporary directory and removed at the end.`
	logfile.SetFlags(cmd, "format")
	cmd.Flags().String("listen", "127.0.0.1:0", "the loopback address of the console (port 0: a free one)")
	command.SetWithArgs(cmd, cobra.ArbitraryArgs, runOpen)
}

func runOpen(cmd *cobra.Command, files []string) error {
	im, err := newImporter(cmd, files)
	if err != nil {
		return err
	}
	listen, _ := cmd.Flags().GetString("listen")
	// A terminal that is closed ends it too.
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	view := &gate.View{Instance: viewInstance, Secret: strings.ToLower(rand.Text())}
	view.Timezone, _ = cmd.Flags().GetString("timezone")
	if view.Listen, err = gate.LoopbackAddress(ctx, listen); err != nil {
		return command.Usage(err)
	}
	return openLogs(ctx, im, files, view, os.Stdout)
}

// openLogs imports files into a temporary directory, and shows them until ctx ends.
func openLogs(ctx context.Context, im *importer.Importer, files []string, view *gate.View, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "gatebook-open-")
	if err != nil {
		return fmt.Errorf("making a directory for the logs: %w", err)
	}
	defer func() {
		if gone := os.RemoveAll(dir); err == nil && gone != nil {
			err = fmt.Errorf("removing the copy of the logs: %w", gone)
		}
	}()
	view.DataDir = filepath.Join(dir, "data")
	failed := importInto(ctx, view.DataDir, im, files)
	if ctx.Err() != nil {
		return errors.New("stopped while reading; nothing of it is kept")
	}
	if im.Sum.Requests == 0 {
		if failed == nil {
			failed = errors.New("there is no request in these files")
		}
		return failed
	}
	view.First, view.Last = im.Sum.First, im.Sum.Last
	return errors.Join(show(ctx, view, im.Sum, out), failed)
}

// importInto imports files into a new data directory.
func importInto(ctx context.Context, dir string, im *importer.Importer, files []string) (err error) {
	logs, err := backend.Open(ctx, backend.Options{DataDir: dir, Instance: viewInstance, Create: true})
	if err != nil {
		return err
	}
	defer func() {
		if closing := logs.Close(); err == nil {
			err = closing
		}
	}()
	im.Into = logs
	return im.Import(ctx, files)
}

// show shows a data directory until ctx ends.
func show(ctx context.Context, view *gate.View, sum importer.Sum, out io.Writer) error {
	address, err := view.Start()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `
  %s, %s to %s, in the security console:

  %s

  Only this machine reaches the address, and nothing can be changed there. Ctrl-C
  ends it and removes the copy of the logs.
`, command.Count(sum.Requests, "request", "requests"), sum.First.UTC().Format(time.DateTime), sum.Last.UTC().Format(time.DateTime), address)
	<-ctx.Done()
	if err := caddy.Stop(); err != nil {
		return fmt.Errorf("stopping the console: %w", err)
	}
	return nil
}
