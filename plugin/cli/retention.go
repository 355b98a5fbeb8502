package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/store/applog"
	"github.com/gatebook/gatebook/store/retention"
)

func setRetention(cmd *cobra.Command) {
	cmd.Long = `Deletes what is too old and shortens the addresses that are due, as the running
server does every hour.`
	run(cmd, (*cobra.Command).Help)
	now := &cobra.Command{Use: "run", Short: "Do now what happens every hour, and say what was done"}
	now.Long = `Deletes requests that are older than the server's configuration says, shortens
the addresses that are due, and gives the disk back.

On a directory that no server uses, --retention and --full-ip say what its
configuration would.`
	addBookFlags(now)
	f := now.Flags()
	f.Bool("dry-run", false, "only say what would be done")
	f.String("retention", "", "on a directory: how long requests are kept (30d)")
	f.String("full-ip", "", "on a directory: how long addresses are kept in full (default: as long as requests)")
	addJSONFlag(now)
	run(now, runRetention)
	cmd.AddCommand(now)
}

func runRetention(cmd *cobra.Command) error {
	told, err := toldPolicy(cmd)
	if err != nil {
		return err
	}
	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer b.close()
	dryRun, _ := cmd.Flags().GetBool("dry-run")
	report, err := b.retain(cmd.Context(), told, dryRun)
	if err != nil {
		return err
	}
	if wantsJSON(cmd) {
		return json.NewEncoder(os.Stdout).Encode(report.In(b.location()))
	}
	return printRetention(os.Stdout, report, b.location())
}

// toldPolicy is what the flags say; nil if they say nothing.
func toldPolicy(cmd *cobra.Command) (*retention.Policy, error) {
	var s plugin.ServerLogSettings
	for name, to := range map[string]*caddy.Duration{"retention": &s.Retention, "full-ip": &s.FullIP} {
		text, _ := cmd.Flags().GetString(name)
		if text == "" {
			continue
		}
		d, err := caddy.ParseDuration(text)
		if err != nil || d <= 0 {
			return nil, usageError{fmt.Errorf("--%s %q is no duration such as 30d or 12h", name, text)}
		}
		*to = caddy.Duration(d)
	}
	if s.Retention == 0 && s.FullIP == 0 {
		return nil, nil
	}
	if s.Retention == 0 {
		return nil, usageError{errors.New("--full-ip needs --retention: how long are requests kept?")}
	}
	policy, err := s.Policy()
	if err != nil {
		return nil, usageError{err}
	}
	return &policy, nil
}

func (d *directory) retain(ctx context.Context, told *retention.Policy, dryRun bool) (retention.Report, error) {
	if told == nil {
		return retention.Report{}, usageError{errors.New("no server uses this directory, so nobody knows how long requests are kept; give --retention 30d, and --full-ip 7d if addresses are to be shortened")}
	}
	return d.logs.Retain(ctx, *told, dryRun)
}

func (s *server) retain(ctx context.Context, told *retention.Policy, dryRun bool) (report retention.Report, err error) {
	if told != nil {
		return report, usageError{errors.New("the running server's configuration says how long requests are kept; leave --retention and --full-ip out, or change the configuration and reload")}
	}
	params := url.Values{}
	if dryRun {
		params.Set("dry_run", "true")
	}
	res, err := s.send(ctx, http.MethodPost, s.instance+"/retention/run", params, nil)
	if err != nil {
		return report, err
	}
	return report, readAnswer(res, &report)
}

// printRetention says in a line or two a log what was done.
func printRetention(w io.Writer, r retention.Report, loc *time.Location) error {
	l, deleted, shortened, anonymized := r.ServerLog, "deleted", "shortened", "anonymized"
	if r.DryRun {
		deleted, shortened, anonymized = "would delete", "would shorten", "would anonymize"
	}
	requests := fmt.Sprintf("%s %s", deleted, counted(l.Deleted, "request"))
	if !l.DeletedBefore.IsZero() {
		requests += " older than " + moment(l.DeletedBefore, loc)
	}
	if !l.ShortenedBefore.IsZero() {
		requests += fmt.Sprintf(", %s the address of %s older than %s", shortened, counted(l.Shortened, "request"), moment(l.ShortenedBefore, loc))
	}
	gone, nameless := r.ApplicationLog.Sum()
	events := fmt.Sprintf("%s %s, %s %s", deleted, countedAs(int(gone), "entry", "entries"), anonymized, countedAs(int(nameless), "entry", "entries"))
	if !r.DryRun {
		requests += freed(l.BytesBefore, l.BytesAfter, l.DurationMS)
		events += freed(r.ApplicationLog.BytesBefore, r.ApplicationLog.BytesAfter, r.ApplicationLog.DurationMS)
	}
	if _, err := fmt.Fprintf(w, "server log: %s\napplication log: %s\n", requests, events); err != nil || r.Flags == (applog.FlagsRetained{}) {
		return err
	}
	_, err := fmt.Fprintf(w, "flags: %s %s, %s the evidence of %s\n", deleted, counted(uint64(r.Flags.Deleted), "flag"), shortened, counted(uint64(r.Flags.Shortened), "flag"))
	return err
}

// freed says what a run gave back.
func freed(before, after int64, ms float64) string {
	said := "nothing freed"
	if after < before {
		said = size(before-after) + " freed"
	}
	took := time.Duration(ms * float64(time.Millisecond)).Round(10 * time.Millisecond)
	return fmt.Sprintf("\n  %s (%s → %s) in %s", said, size(before), size(after), took)
}

func size(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }

// counted is a number of things: 1 request, 1,203 requests.
func counted(n uint64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return humanize.Comma(int64(n)) + " " + thing
}
