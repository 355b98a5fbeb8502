package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/retention"
)

func setRetention(cmd *cobra.Command) {
	cmd.Long = `Deletes what is too old and shortens the addresses that are due, as the running
server does every hour.`
	command.Set(cmd, (*cobra.Command).Help)
	now := &cobra.Command{Use: "run", Short: "Do now what happens every hour, and say what was done"}
	now.Long = `Deletes requests that are older than the server's configuration says, shortens
the addresses that are due, and gives the disk back.

On a directory that no server uses, --retention and --full-ip say what its
configuration would.`
	f := now.Flags()
	f.Bool("dry-run", false, "only say what would be done")
	f.String("retention", "", "on a directory: how long requests are kept (30d)")
	f.String("full-ip", "", "on a directory: how long addresses are kept in full (default: as long as requests)")
	addJSONFlag(now)
	setOnLogs(now, runRetention)
	cmd.AddCommand(now)
}

func runRetention(cmd *cobra.Command) (action, error) {
	policy, err := readPolicy(cmd)
	if err != nil {
		return nil, err
	}
	dryRun, _ := cmd.Flags().GetBool("dry-run")
	return func(ctx context.Context, logs backend.Logs) error {
		report, err := logs.Retain(ctx, policy, dryRun)
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return json.NewEncoder(os.Stdout).Encode(report.In(logs.Location()))
		}
		return printRetention(os.Stdout, report, logs.Location())
	}, nil
}

// readPolicy reads the policy from the flags; nil without them.
func readPolicy(cmd *cobra.Command) (*retention.Policy, error) {
	var s plugin.ServerLogSettings
	for name, to := range map[string]*caddy.Duration{"retention": &s.Retention, "full-ip": &s.FullIP} {
		text, _ := cmd.Flags().GetString(name)
		if text == "" {
			continue
		}
		d, err := caddy.ParseDuration(text)
		if err != nil || d <= 0 {
			return nil, command.Usagef("--%s %q is no duration such as 30d or 12h", name, text)
		}
		*to = caddy.Duration(d)
	}
	if s.Retention == 0 && s.FullIP == 0 {
		return nil, nil
	}
	if s.Retention == 0 {
		return nil, command.Usage(errors.New("--full-ip needs --retention: how long are requests kept?"))
	}
	policy, err := s.Policy()
	if err != nil {
		return nil, command.Usage(err)
	}
	return &policy, nil
}

// printRetention prints what a run did, a line or two for each log.
func printRetention(w io.Writer, r retention.Report, loc *time.Location) error {
	l, deleted, shortened, anonymized := r.ServerLog, "deleted", "shortened", "anonymized"
	if r.DryRun {
		deleted, shortened, anonymized = "would delete", "would shorten", "would anonymize"
	}
	requests := fmt.Sprintf("%s %s", deleted, command.Count(l.Deleted, "request", "requests"))
	if !l.DeletedBefore.IsZero() {
		requests += " older than " + moment(l.DeletedBefore, loc)
	}
	if !l.ShortenedBefore.IsZero() {
		requests += fmt.Sprintf(", %s the address of %s older than %s", shortened, command.Count(l.Shortened, "request", "requests"), moment(l.ShortenedBefore, loc))
	}
	gone, anonymous := r.ApplicationLog.Sum()
	events := fmt.Sprintf("%s %s, %s %s", deleted, command.Count(gone, "entry", "entries"), anonymized, command.Count(anonymous, "entry", "entries"))
	if !r.DryRun {
		requests += freed(l.BytesBefore, l.BytesAfter, l.DurationMS)
		events += freed(r.ApplicationLog.BytesBefore, r.ApplicationLog.BytesAfter, r.ApplicationLog.DurationMS)
	}
	if _, err := fmt.Fprintf(w, "server log: %s\napplication log: %s\n", requests, events); err != nil || r.Flags == (applog.FlagsRetained{}) {
		return err
	}
	_, err := fmt.Fprintf(w, "flags: %s %s, %s the evidence of %s\n", deleted, command.Count(uint64(r.Flags.Deleted), "flag", "flags"), shortened, command.Count(uint64(r.Flags.Shortened), "flag", "flags"))
	return err
}

// freed writes how much space a run freed, in what time.
func freed(before, after int64, ms float64) string {
	said := "nothing freed"
	if after < before {
		said = size(before-after) + " freed"
	}
	took := time.Duration(ms * float64(time.Millisecond)).Round(10 * time.Millisecond)
	return fmt.Sprintf("\n  %s (%s → %s) in %s", said, size(before), size(after), took)
}
