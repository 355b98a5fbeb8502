package logfile

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
)

// SetFlags adds the flags that say how logs are written. format is the name of the one
// for the format.
func SetFlags(cmd *cobra.Command, format string) {
	f := cmd.Flags()
	f.String(format, "", "combined, caddy or ndjson (default: what the first lines are)")
	f.String("columns", "", `what stands before the time of combined lines: client, ident, user, host, or - for what is not needed
(default: "client ident user", with or without a host before it)`)
	f.String("durations", "", "the unit of whole numbers in Caddy's duration: s, ms or ns (default: what the log shows)")
	f.String("timezone", "", "the time zone of times that have none, such as Europe/Berlin (default: UTC, as Caddy writes them)")
}

// ReadFlags reads the flags that SetFlags added.
func ReadFlags(cmd *cobra.Command, format string) (d logformat.Dialect, err error) {
	f := cmd.Flags()
	if name, _ := f.GetString(format); name != "" {
		if d.Format, err = logformat.ParseFormat(name); err != nil {
			return d, fmt.Errorf("--%s %w", format, err)
		}
	}
	if columns, _ := f.GetString("columns"); columns != "" {
		if d.Columns, err = logformat.ParseColumns(columns); err != nil {
			return d, fmt.Errorf("--columns: %w", err)
		}
	}
	switch unit, _ := f.GetString("durations"); unit {
	case "":
	case "s":
		d.Durations = time.Second
	case "ms":
		d.Durations = time.Millisecond
	case "ns":
		d.Durations = time.Nanosecond
	default:
		return d, fmt.Errorf("--durations %q must be s, ms or ns", unit)
	}
	if zone, _ := f.GetString("timezone"); zone != "" {
		if d.Zone, err = time.LoadLocation(zone); err != nil {
			return d, fmt.Errorf("--timezone %q is no time zone such as Europe/Berlin or UTC", zone)
		}
	}
	return d, nil
}
