package cli

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

// findFlag finds the flag that a person means by an id or an address. A flag of exactly
// that address comes before those of prefixes that it is in.
func findFlag(ctx context.Context, logs backend.Logs, arg string) (record.FlagCase, error) {
	prefix, err := record.ParsePrefix(arg)
	if err != nil {
		if err := checkID(arg); err != nil {
			return record.FlagCase{}, err
		}
		one, err := logs.Flag(ctx, arg)
		if backend.IsNotFound(err) {
			err = fmt.Errorf("there is no flag %q; gatebook flags --format ndjson shows the ids", display.Visible(arg))
		}
		return one, err
	}
	found, err := flagsAround(ctx, logs, record.CountedPrefix(prefix))
	if err != nil {
		return record.FlagCase{}, err
	}
	meant, _ := record.ParseFlagSubject(arg)
	for _, f := range found {
		if f.Subject == meant {
			return logs.Flag(ctx, f.ID)
		}
	}
	switch len(found) {
	case 0:
		return record.FlagCase{}, fmt.Errorf("nothing is flagged that %s is in; gatebook flags --ip finds what is in it", arg)
	case 1:
		return logs.Flag(ctx, found[0].ID)
	}
	var all []string
	for _, f := range found {
		all = append(all, f.Subject.Value)
	}
	return record.FlagCase{}, command.Usagef("%s is in several flagged prefixes; name one of %s", arg, strings.Join(all, ", "))
}

// flagsAround returns the flags of prefixes that contain p.
func flagsAround(ctx context.Context, logs backend.Logs, p netip.Prefix) (around []record.Flag, err error) {
	params := url.Values{"ip": {p.String()}, "kind": {string(record.AddressSubject)}, "limit": {strconv.Itoa(query.MaxLimit)}}
	for {
		page, next, err := logs.Flags(ctx, params)
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

// checkID returns an error for an invalid address, which is no id either.
func checkID(arg string) error {
	if arg == "" || strings.ContainsAny(arg, ".:/") {
		_, err := record.ParseFlagSubject(arg)
		return command.Usage(err)
	}
	return nil
}
