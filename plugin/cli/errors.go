package cli

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
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
	addBookFlags(cmd)
	addFilterFlags(cmd, failureFilters)
	addFormatFlag(cmd)
	run(cmd, listErrors)
}

func listErrors(cmd *cobra.Command) error {
	format, err := outputFormat(cmd)
	if err != nil {
		return err
	}
	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer b.close()

	groups, err := b.failures(cmd.Context(), listParams(cmd, failureFilters))
	if err != nil {
		return asFlag(err, failureFilters)
	}
	out := logformat.NewWriter(os.Stdout, format, b.location())
	if err := out.Failures(groups...); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if len(groups) == record.MaxFailureGroups {
		fmt.Fprintf(os.Stderr, "gatebook: these are the %d that failed last; for others give a shorter time with --from and --to\n", len(groups))
	}
	return nil
}

func (s *server) failures(ctx context.Context, params url.Values) ([]record.FailureGroup, error) {
	var answer struct {
		Errors []record.FailureGroup `json:"errors"`
	}
	err := s.get(ctx, s.instance+"/errors", params, &answer)
	return answer.Errors, err
}

func (d *directory) failures(ctx context.Context, params url.Values) ([]record.FailureGroup, error) {
	q, err := query.ParseFailures(params, time.Now(), d.location())
	if err != nil {
		return nil, err
	}
	return d.logs.Failures(ctx, q)
}
