package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
)

var failureFilters = []filter{
	{"from", "from", fromUsage},
	{"to", "to", toUsage},
	{"integration", "integration", "integration that failed, by its whole name"},
}

func setErrors(cmd *cobra.Command) {
	cmd.Long = `Shows what failed, in groups of the same source, type, place, integration and
route: requests that were answered with a status from 500 on, and those of
which the application told an error in X-App-Error. The group that failed last
comes first.`
	addFilterFlags(cmd, failureFilters)
	addFormatFlag(cmd)
	setOnLogs(cmd, func(cmd *cobra.Command) (action, error) {
		format, err := outputFormat(cmd)
		if err != nil {
			return nil, err
		}
		params := listParams(cmd, failureFilters)
		return func(ctx context.Context, logs backend.Logs) error {
			groups, err := logs.Failures(ctx, params)
			if err != nil {
				return asFlag(err, failureFilters)
			}
			return printFailures(logformat.NewWriter(os.Stdout, format, logs.Location()), groups)
		}, nil
	})
}

func printFailures(out *logformat.Writer, groups []record.FailureGroup) error {
	if err := out.Failures(groups...); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if len(groups) == record.MaxFailureGroups {
		command.PrintError(fmt.Errorf("these are the %d that failed last; for others give a shorter time with --from and --to", len(groups)))
	}
	return nil
}
