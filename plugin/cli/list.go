package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// filter is a flag that becomes a parameter of the API.
type filter struct{ flag, param, usage string }

const (
	fromUsage = "not before: RFC 3339, a date or an age (24h, 7d)"
	toUsage   = "before: RFC 3339, a date (that day included) or an age"
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
	run(cmd, func(cmd *cobra.Command) error {
		return list(cmd, listing[record.Request]{"requests", requestFilters, books.requests, books.allRequests, (*logformat.Writer).Requests})
	})
}

func setEvents(cmd *cobra.Command) {
	addListFlags(cmd, eventFilters)
	run(cmd, func(cmd *cobra.Command) error {
		return list(cmd, listing[record.Event]{"events", eventFilters, books.events, nil, (*logformat.Writer).Events})
	})
}

func addListFlags(cmd *cobra.Command, filters []filter) {
	addBookFlags(cmd)
	addFilterFlags(cmd, filters)
	cmd.Flags().Int("limit", query.DefaultLimit, "how many at most; 0 means all")
	cmd.Flags().Bool("follow", false, "go on with what is recorded from now on; oldest first, as tail -f does")
	addFormatFlag(cmd)
}

func addFilterFlags(cmd *cobra.Command, filters []filter) {
	for _, f := range filters {
		cmd.Flags().Var(&filterValue{repeats: f.param == "category"}, f.flag, f.usage)
	}
}

func addFormatFlag(cmd *cobra.Command) {
	cmd.Flags().String("format", "", "table, ndjson or csv (default: table on a terminal, ndjson in a pipe)")
}

// listing is one kind of record that can be listed.
type listing[T any] struct {
	name    string
	filters []filter
	ask     func(books, context.Context, url.Values) ([]T, string, error)
	// all lists without a limit; nil where it takes no more to ask page by page.
	all   func(books, context.Context, url.Values, func(...T) error) error
	write func(*logformat.Writer, ...T) error
}

// list writes what the filters ask for.
func list[T any](cmd *cobra.Command, l listing[T]) error {
	limit, _ := cmd.Flags().GetInt("limit")
	if limit < 0 {
		return usageError{fmt.Errorf("--limit %d must be 0 (all) or more", limit)}
	}
	format, err := outputFormat(cmd)
	if err != nil {
		return err
	}
	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer b.close()

	out := logformat.NewWriter(os.Stdout, format, b.location())
	params := listParams(cmd, l.filters)
	if follow, _ := cmd.Flags().GetBool("follow"); follow {
		l.tellDamage(cmd.Context(), b)
		return l.follow(cmd.Context(), b, params, limit, out)
	}
	write := l.pages
	if limit == 0 && l.all != nil {
		write = l.whole
	}
	if err := write(cmd.Context(), b, params, limit, out); err != nil {
		return err
	}
	l.tellDamage(cmd.Context(), b)
	return nil
}

// pages writes the list newest first, page by page.
func (l listing[T]) pages(ctx context.Context, b books, params url.Values, limit int, out *logformat.Writer) error {
	for left := limit; ; {
		params.Set("limit", strconv.Itoa(pageSize(limit, left)))
		page, next, err := l.ask(b, ctx, params)
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

func listParams(cmd *cobra.Command, filters []filter) url.Values {
	params := url.Values{}
	for _, f := range filters {
		v, _ := cmd.Flags().GetString(f.flag)
		if v == "" {
			continue
		}
		if f.param == "category" {
			params[f.param] = strings.Split(v, ",")
		} else {
			params.Set(f.param, v)
		}
	}
	return params
}

// wrongParam is a parameter that the server refused, and the rest of what it
// said.
type wrongParam struct{ param, rest string }

func (e *wrongParam) Error() string { return e.param + e.rest }

// asFlag names the flag that a wrong parameter came from.
func asFlag(err error, filters []filter) error {
	var local *record.ParamError
	var remote *wrongParam
	switch {
	case errors.As(err, &local):
		remote = &wrongParam{local.Param, strings.TrimPrefix(local.Error(), local.Param)}
	case !errors.As(err, &remote):
		return err
	}
	for _, f := range filters {
		if f.param == remote.param {
			return usageError{&wrongParam{"--" + f.flag, remote.rest}}
		}
	}
	return usageError{remote}
}

func outputFormat(cmd *cobra.Command) (logformat.WriterFormat, error) {
	name, _ := cmd.Flags().GetString("format")
	if name == "" {
		if term.IsTerminal(int(os.Stdout.Fd())) {
			return logformat.Table, nil
		}
		return logformat.NDJSONLines, nil
	}
	format, err := logformat.ParseWriterFormat(name)
	if err != nil {
		return format, usageError{fmt.Errorf("--format %w", err)}
	}
	return format, nil
}
