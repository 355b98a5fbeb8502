package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record/query"
)

// listing is one kind of record that can be listed.
type listing[T any] struct {
	name    string
	filters []filter
	ask     func(backend.Logs, context.Context, url.Values) ([]T, string, error)
	// all lists without a limit; nil where it takes no more to ask page by page.
	all   func(backend.Logs, context.Context, url.Values, func(...T) error) error
	write func(*logformat.Writer, ...T) error
}

// listOptions are the flags of a call.
type listOptions struct {
	limit  int
	follow bool
	format logformat.WriterFormat
	params url.Values
}

func (l listing[T]) options(cmd *cobra.Command) (o listOptions, err error) {
	o.limit, _ = cmd.Flags().GetInt("limit")
	o.follow, _ = cmd.Flags().GetBool("follow")
	if o.limit < 0 {
		return o, command.Usagef("--limit %d must be 0 (all) or more", o.limit)
	}
	o.params = listParams(cmd, l.filters)
	o.format, err = outputFormat(cmd)
	return o, err
}

// pages writes the list newest first, page by page.
func (l listing[T]) pages(ctx context.Context, logs backend.Logs, params url.Values, limit int, out *logformat.Writer) error {
	for left := limit; ; {
		params.Set("limit", strconv.Itoa(pageSize(limit, left)))
		page, next, err := l.ask(logs, ctx, params)
		if err != nil {
			return asFlag(err, l.filters)
		}
		if err := l.write(out, page...); err != nil {
			return fmt.Errorf("writing the list: %w", err)
		}
		left -= len(page)
		if next == "" || limit > 0 && left <= 0 {
			return out.Flush()
		}
		params.Set("cursor", next)
	}
}

func pageSize(limit, left int) int {
	if limit == 0 {
		return query.MaxLimit
	}
	return min(left, query.MaxLimit)
}

// unpaged writes the list without a limit, newest first, in one go: page by page, the
// log would be searched thousands of times.
func (l listing[T]) unpaged(ctx context.Context, logs backend.Logs, params url.Values, out *logformat.Writer) error {
	write := func(some ...T) error {
		if err := l.write(out, some...); err != nil {
			return fmt.Errorf("writing the list: %w", err)
		}
		return nil
	}
	if err := l.all(logs, ctx, params, write); err != nil {
		return asFlag(err, l.filters)
	}
	return errors.Join(write(), out.Flush()) // a list without records has a head
}

// printDamage prints how much a list does not show. The list itself is no failure.
func (l listing[T]) printDamage(ctx context.Context, logs backend.Logs) {
	h, err := logs.Health(ctx)
	switch {
	case err != nil: // the list has been written all the same
	case l.name == "requests" && h.ServerLog != nil && h.ServerLog.Damaged > 0:
		command.PrintError(fmt.Errorf("%d requests are damaged or gone and not shown; a backup may have them", h.ServerLog.Damaged))
	case l.name == "events" && h.ApplicationLog != nil && h.ApplicationLog.Damaged > 0:
		command.PrintError(fmt.Errorf("%d events are damaged and shown only in part, or not at all; a backup may have them", h.ApplicationLog.Damaged))
	}
}
