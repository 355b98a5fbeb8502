package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/service"
)

// flagBooks have the review queue.
type flagBooks interface {
	flags(ctx context.Context, params url.Values) ([]record.Flag, string, error)
	flag(ctx context.Context, id string) (record.FlagCase, error)
	// decide makes each decision that can be made. The results are in the order
	// of the decisions.
	decide(context.Context, []record.DecisionRequest) ([]service.Decided, error)
	// bans writes what is banned now.
	bans(context.Context, banlist.Format, io.Writer) error
}

var flagFilters = []filter{
	{"ip", "ip", "address or prefix: flags of what is in it, or that it is in"},
	{"kind", "kind", "address, account or instance"},
	{"state", "state", "observed, throttled, banned, allowed or cleared"},
	{"review", "review", "new, confirmed or false_positive"},
	{"rule", "rule", "rule that was broken (http-probing)"},
	{"from", "from", "last changed " + fromUsage},
	{"to", "to", "last changed " + toUsage},
}

func setFlags(cmd *cobra.Command) {
	cmd.Long = `Reads the review queue: who was flagged for abuse, why, and what is done about
it. The flag that changed last comes first.

Whom a flag is about is an address, or a prefix; an account; or the instance.`
	addBookFlags(cmd)
	addFilterFlags(cmd, flagFilters)
	cmd.Flags().Int("limit", query.DefaultLimit, "how many at most; 0 means all")
	addFormatFlag(cmd)
	run(cmd, listFlags)
	show := &cobra.Command{Use: "show ID|ADDRESS", Short: "Show a flag with all that one wants to know to decide"}
	addBookFlags(show)
	addJSONFlag(show)
	runWith(show, cobra.ArbitraryArgs, showFlag)
	cmd.AddCommand(show,
		decisionCommand("confirm ID|ADDRESS...", "Say that flags are right", record.DecideConfirm),
		decisionCommand("false-positive ID|ADDRESS...", "Say that flags are wrong, which also frees the addresses", record.DecideFalsePositive))
}

func listFlags(cmd *cobra.Command) error {
	found := 0
	write := func(w *logformat.Writer, flags ...record.Flag) error {
		found += len(flags)
		return w.Flags(flags...)
	}
	err := list(cmd, listing[record.Flag]{"flags", flagFilters, books.flags, nil, write})
	rule, _ := cmd.Flags().GetString("rule")
	if known := abuse.RuleNames(); err == nil && rule != "" && found == 0 && !slices.Contains(known, rule) {
		complain(fmt.Errorf("nothing is flagged by a rule %q; besides rules of the configuration there are: %s", display.Visible(rule), strings.Join(known, ", ")))
	}
	return err
}

// findFlag finds the flag that a person means by an id or an address. What is
// about exactly that address comes before what is about more.
func findFlag(ctx context.Context, b books, arg string) (record.FlagCase, error) {
	prefix, err := record.ParsePrefix(arg)
	if err != nil {
		if err := checkID(arg); err != nil {
			return record.FlagCase{}, err
		}
		one, err := b.flag(ctx, arg)
		if missing(err) {
			err = fmt.Errorf("there is no flag %q; gatebook flags --format ndjson shows the ids", display.Visible(arg))
		}
		return one, err
	}
	found, err := flagsAround(ctx, b, prefix)
	if err != nil {
		return record.FlagCase{}, err
	}
	meant, _ := record.ParseFlagSubject(arg)
	for _, f := range found {
		if f.Subject == meant {
			return b.flag(ctx, f.ID)
		}
	}
	switch len(found) {
	case 0:
		return record.FlagCase{}, fmt.Errorf("nothing is flagged that %s is in; gatebook flags --ip finds what is in it", arg)
	case 1:
		return b.flag(ctx, found[0].ID)
	}
	var all []string
	for _, f := range found {
		all = append(all, f.Subject.Value)
	}
	return record.FlagCase{}, usageError{fmt.Errorf("%s is in several flagged prefixes; name one of %s", arg, strings.Join(all, ", "))}
}

// flagsAround are the flags of prefixes that all of p is in.
func flagsAround(ctx context.Context, b books, p netip.Prefix) (around []record.Flag, err error) {
	params := url.Values{"ip": {p.String()}, "kind": {string(record.AddressSubject)}, "limit": {strconv.Itoa(query.MaxLimit)}}
	for {
		page, next, err := b.flags(ctx, params)
		if err != nil {
			return nil, err
		}
		for _, f := range page {
			if q, err := netip.ParsePrefix(f.Subject.Value); err == nil && q.Bits() <= p.Bits() && q.Contains(p.Addr()) {
				around = append(around, f)
			}
		}
		if next == "" {
			return around, nil
		}
		params.Set("cursor", next)
	}
}

// checkID refuses what was meant to be an address and is none.
func checkID(arg string) error {
	if arg == "" || strings.ContainsAny(arg, ".:/") {
		_, err := record.ParseFlagSubject(arg)
		return usageError{err}
	}
	return nil
}

// missing reports whether there is no such record, here or at a server.
func missing(err error) bool {
	var answered *answerError
	return errors.Is(err, record.ErrNotFound) || errors.As(err, &answered) && answered.status == http.StatusNotFound
}

func setExport(cmd *cobra.Command) {
	run(cmd, (*cobra.Command).Help)
	flags := &cobra.Command{Use: "flags", Short: "Write what is banned now, without what is allowed"}
	flags.Long = `Writes the prefixes that are banned now, without those that are allowed, for a
firewall or another server. Neighbours are one prefix where they make a whole.`
	addBookFlags(flags)
	names := make([]string, len(banlist.Formats))
	for i, f := range banlist.Formats {
		names[i] = string(f)
	}
	flags.Flags().String("format", string(banlist.Text), strings.Join(names, ", "))
	run(flags, exportFlags)
	cmd.AddCommand(flags)
}

func exportFlags(cmd *cobra.Command) error {
	name, _ := cmd.Flags().GetString("format")
	format, err := banlist.ParseFormat(name)
	if err != nil {
		return usageError{fmt.Errorf("--format %w", err)}
	}
	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer b.close()
	return b.bans(cmd.Context(), format, os.Stdout)
}
