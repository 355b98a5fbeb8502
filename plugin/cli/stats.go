package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/record"
)

func setStats(cmd *cobra.Command) {
	cmd.Flags().Bool("check", false, "read everything that is kept instead, and say what is damaged")
	addJSONFlag(cmd)
	setOnLogs(cmd, func(cmd *cobra.Command) (action, error) {
		if all, _ := cmd.Flags().GetBool("check"); all {
			return func(ctx context.Context, logs backend.Logs) error { return check(ctx, logs, wantsJSON(cmd)) }, nil
		}
		return func(ctx context.Context, logs backend.Logs) error {
			health, err := logs.Health(ctx)
			if err != nil {
				return err
			}
			if wantsJSON(cmd) {
				return json.NewEncoder(os.Stdout).Encode(health)
			}
			return printHealth(os.Stdout, health, logs.Location())
		}, nil
	})
}

func printHealth(w io.Writer, h record.Health, loc *time.Location) error {
	moment := func(t time.Time) string { return moment(t, loc) }
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "instance %s\tserver log\tapplication log\n", h.Instance)
	row := func(name string, value func(*record.BookHealth) string) {
		fmt.Fprintf(t, "%s\t%s\t%s\n", name, value(h.ServerLog), value(h.ApplicationLog))
	}
	row("state", func(b *record.BookHealth) string { return string(b.State) })
	row("entries", func(b *record.BookHealth) string { return humanize.Comma(int64(b.Entries)) })
	row("on disk", func(b *record.BookHealth) string { return humanize.IBytes(uint64(b.Bytes)) })
	row("oldest", func(b *record.BookHealth) string { return moment(b.Oldest) })
	row("newest", func(b *record.BookHealth) string { return moment(b.Newest) })
	row("recorded since start", func(b *record.BookHealth) string { return humanize.Comma(int64(b.Recorded)) })
	row("dropped since start", func(b *record.BookHealth) string { return humanize.Comma(int64(b.Dropped)) })
	row("damaged", func(b *record.BookHealth) string { return humanize.Comma(int64(b.Damaged)) })
	row("waiting", func(b *record.BookHealth) string {
		return humanize.Comma(b.Queue) + " of " + humanize.Comma(b.QueueMax)
	})
	row("last write", func(b *record.BookHealth) string { return moment(b.LastFlush) })
	if err := t.Flush(); err != nil {
		return err
	}
	a := h.ApplicationLog
	fmt.Fprintf(w, "\nevents: %d duplicate, %d conflicting, %d rejected, %d late", a.Duplicates, a.Conflicts, a.Rejected, a.Late)
	if a.NotTaken > 0 {
		fmt.Fprintf(w, ", %d not taken", a.NotTaken)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "last retention run: %s\n", moment(h.LastRetentionRun))
	for name, b := range map[string]*record.BookHealth{"server log": h.ServerLog, "application log": a} {
		if b.Error != "" {
			fmt.Fprintf(w, "%s: %s\n", name, b.Error)
		}
	}
	return nil
}
