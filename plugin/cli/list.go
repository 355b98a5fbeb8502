package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

var requestFilters = []filter{
	{"ip", "ip", "address or prefix (203.0.113.0/24)"},
	{"from", "from", fromUsage},
	{"to", "to", toUsage},
	{"status", "status", "status (404) or class (4xx)"},
	{"method", "method", "method"},
	{"path", "path", "path, * for any run of characters"},
	{"browser", "browser", "browser, with or without version"},
	{"os", "os", "operating system, with or without version"},
	{"country", "country", "country code (DE)"},
	{"asn", "asn", "number of a network"},
	{"user", "user", "authenticated user"},
	{"verdict", "verdict", "pass, throttle or ban"},
	{"contains", "q", "text in path, query, user agent, referer or user"},
}

var eventFilters = []filter{
	{"category", "category", "category; several separated by commas, or the flag several times"},
	{"initiator", "initiator", "id, e-mail address or name of who did it"},
	{"subject", "subject", "id, or Type:id"},
	{"type", "type", "type (booking.created), or booking.* for all of a noun's"},
	{"outcome", "outcome", "success, failure or denied"},
	{"from", "from", fromUsage},
	{"to", "to", toUsage},
	{"contains", "q", "text in description, subject, initiator or type"},
}

func setRequests(cmd *cobra.Command) {
	addListFlags(cmd, requestFilters)
	setList(cmd, listing[record.Request]{"requests", requestFilters, backend.Logs.Requests, backend.Logs.AllRequests, (*logformat.Writer).Requests})
}

func setEvents(cmd *cobra.Command) {
	addListFlags(cmd, eventFilters)
	setList(cmd, listing[record.Event]{"events", eventFilters, backend.Logs.Events, nil, (*logformat.Writer).Events})
}

func addListFlags(cmd *cobra.Command, filters []filter) {
	addFilterFlags(cmd, filters)
	cmd.Flags().Int("limit", query.DefaultLimit, "how many at most; 0 means all")
	cmd.Flags().Bool("follow", false, "go on with what is recorded from now on; oldest first, as tail -f does")
	addFormatFlag(cmd)
}

// setList makes a command that writes a list.
func setList[T any](cmd *cobra.Command, l listing[T]) {
	setOnLogs(cmd, func(cmd *cobra.Command) (action, error) {
		o, err := l.options(cmd)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, logs backend.Logs) error { return l.print(ctx, logs, o) }, nil
	})
}

// print writes the records that match.
func (l listing[T]) print(ctx context.Context, logs backend.Logs, o listOptions) error {
	out := logformat.NewWriter(os.Stdout, o.format, logs.Location())
	if o.follow {
		l.printDamage(ctx, logs)
		return l.follow(ctx, logs, o.params, o.limit, out)
	}
	var err error
	if o.limit == 0 && l.all != nil {
		err = l.unpaged(ctx, logs, o.params, out)
	} else {
		err = l.pages(ctx, logs, o.params, o.limit, out)
	}
	if err != nil {
		return err
	}
	l.printDamage(ctx, logs)
	return nil
}
