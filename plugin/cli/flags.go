package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

var flagFilters = []filter{
	{"ip", "ip", "address or prefix: flags of what is in it, or that it is in"},
	{"kind", "kind", "address, account or instance"},
	{"state", "state", "observed, throttled, banned, allowed or cleared now, or expired"},
	{"review", "review", "new, confirmed or false_positive"},
	{"rule", "rule", "rule that was broken (http-probing)"},
	{"from", "from", "last changed " + fromUsage},
	{"to", "to", "last changed " + toUsage},
}

func setFlags(cmd *cobra.Command) {
	cmd.Long = `Reads the review queue: who was flagged for abuse, why, and what is done about
it. The flag that changed last comes first.

Whom a flag is about is an address, or a prefix; an account; or the instance.`
	addFilterFlags(cmd, flagFilters)
	cmd.Flags().Int("limit", query.DefaultLimit, "how many at most; 0 means all")
	addFormatFlag(cmd)
	setOnLogs(cmd, listFlags)
	show := &cobra.Command{Use: "show ID|ADDRESS", Short: "Show a flag with all that one wants to know to decide"}
	addJSONFlag(show)
	setOnLogsWithArgs(show, showFlag)
	cmd.AddCommand(show,
		decisionCommand("confirm ID|ADDRESS...", "Say that flags are right", record.DecideConfirm),
		decisionCommand("false-positive ID|ADDRESS...", "Say that flags are wrong, which also frees the addresses", record.DecideFalsePositive))
}

func listFlags(cmd *cobra.Command) (action, error) {
	found := 0
	write := func(w *logformat.Writer, flags ...record.Flag) error {
		found += len(flags)
		return w.Flags(flags...)
	}
	l := listing[record.Flag]{"flags", flagFilters, backend.Logs.Flags, nil, write}
	o, err := l.options(cmd)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, logs backend.Logs) error {
		if err := l.print(ctx, logs, o); err != nil {
			return err
		}
		rule := o.params.Get("rule")
		if known := abuse.RuleNames(); rule != "" && found == 0 && !slices.Contains(known, rule) {
			command.PrintError(fmt.Errorf("nothing is flagged by a rule %q; besides rules of the configuration there are: %s", display.Visible(rule), strings.Join(known, ", ")))
		}
		return nil
	}, nil
}
