package plugin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

const rateForm = "must be like 50/s burst 500 (for each client), or POST /login 10/m burst 20 (for a path)"

// unmarshalRate reads the rate of clients, or of a path.
func (s *AbuseSettings) unmarshalRate(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	switch {
	case len(args) > 0 && isPathPattern(args[0]):
		return s.unmarshalPathRate(d, "", args[0], args[1:])
	case len(args) > 1 && isPathPattern(args[1]):
		return s.unmarshalPathRate(d, strings.ToUpper(args[0]), args[1], args[2:])
	case s.Rate != nil:
		return d.Err("rate is there already in abuse; that of a path has the path before the number, such as rate /search 5/s")
	}
	s.Rate = new(RateSettings)
	return s.Rate.unmarshal(d, args)
}

func isPathPattern(text string) bool {
	return strings.HasPrefix(text, "/") || strings.HasPrefix(text, "*")
}

// unmarshal reads `50/s burst 500`.
func (r *RateSettings) unmarshal(d *caddyfile.Dispenser, args []string) error {
	if len(args) == 0 {
		return d.Err("rate " + rateForm)
	}
	count, unit, ok := parseRate(args[0])
	if !ok || len(args) < 3 || args[1] != "burst" {
		return d.Errf("rate %q %s", strings.Join(args, " "), rateForm)
	}
	r.PerSecond = count / unit.Seconds()
	var err error
	if r.Burst, err = strconv.Atoi(args[2]); err != nil {
		return d.Errf("burst %q %s", args[2], rateForm)
	}
	return noneOf(d, args[3:])
}

// unmarshalPathRate reads `10/m burst 20 per instance`, which follows a path.
func (s *AbuseSettings) unmarshalPathRate(d *caddyfile.Dispenser, method, path string, args []string) error {
	r := PathRateSettings{Method: method, Path: path}
	if len(args) == 0 {
		return d.Errf("rate %s needs a number of requests, such as 5/s, 10/m or 100/h", r.name())
	}
	r.Rate, args = args[0], args[1:]
	for len(args) > 1 {
		word, value := args[0], args[1]
		switch {
		case word == "burst" && r.Burst == 0:
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return d.Errf("rate %s: burst %q must be a whole number of at least 1", r.name(), value)
			}
			r.Burst = n
		case word == "per" && r.Per == "":
			if !slices.Contains(ratesPer, value) {
				return d.Errf("rate %s: per %q must be one of %s", r.name(), value, strings.Join(ratesPer, ", "))
			}
			r.Per = value
		default:
			return noneOf(d, args)
		}
		args = args[2:]
	}
	s.Rates = append(s.Rates, r)
	return noneOf(d, args)
}

// noneOf refuses arguments that are left at the end of a rate.
func noneOf(d *caddyfile.Dispenser, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return d.Errf("rate: %q is not understood here; the end may be burst <n>, and for a path per client or per instance", args[0])
}

// unmarshalBlocklist reads `drop.txt level1.netset block`.
func (s *AbuseSettings) unmarshalBlocklist(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	actions := strings.Join(listActions, ", ")
	if len(args) == 0 {
		return d.Errf("blocklist needs one or more files, and one of %s", actions)
	}
	last := len(args) - 1
	if !slices.Contains(listActions, args[last]) {
		return d.Errf("blocklist: %q must be one of %s, after the files", args[last], actions)
	}
	if last == 0 {
		return d.Errf("blocklist %s needs the path of a file, such as /etc/gatebook/drop.txt", args[0])
	}
	s.Blocklists = append(s.Blocklists, BlocklistSettings{Files: args[:last], Action: args[last]})
	return nil
}
