package plugin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func (s *AbuseSettings) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, "abuse", s.Check, lines{
		"mode":  func(d *caddyfile.Dispenser) error { return onlyOneOf(d, &s.Mode, abuseModes...) },
		"rate*": s.unmarshalRate,
		"login*": func(d *caddyfile.Dispenser) error {
			more := d.RemainingArgs()
			s.Login = append(s.Login, more...)
			return atLeastOne(d, more)
		},
		"blocklist*": s.unmarshalBlocklist,
		"allow*": func(d *caddyfile.Dispenser) error {
			more := d.RemainingArgs()
			s.Allow = append(s.Allow, more...)
			return atLeastOne(d, more)
		},
		"rule*": func(d *caddyfile.Dispenser) error {
			if !d.NextArg() {
				return d.Err("rule needs a name and one of " + strings.Join(ruleActions, ", ") + ", or a block")
			}
			name := d.Val()
			if _, twice := s.Rules[name]; twice || s.OwnRules[name] != nil {
				return d.Errf("rule %s is there already", name)
			}
			if !d.NextArg() {
				return s.unmarshalOwn(d, name)
			}
			if s.Rules == nil {
				s.Rules = map[string]string{}
			}
			s.Rules[name] = d.Val()
			return noMoreArgs(d)
		},
		"patterns*": func(d *caddyfile.Dispenser) error {
			var rule, file string
			if !d.Args(&rule, &file) {
				return d.Err("patterns needs a rule and a file with a pattern a line")
			}
			if s.Patterns == nil {
				s.Patterns = map[string]string{}
			}
			if _, twice := s.Patterns[rule]; twice {
				return d.Errf("patterns %s is there already", rule)
			}
			s.Patterns[rule] = file
			return noMoreArgs(d)
		},
		"ban":       func(d *caddyfile.Dispenser) error { return duration(d, "ban", &s.Ban) },
		"on_banned": func(d *caddyfile.Dispenser) error { return onlyOneOf(d, &s.OnBanned, banAnswers...) },
		"keep":      func(d *caddyfile.Dispenser) error { return retentionPeriod(d, &s.Keep) },
	}.checked(s.Check))
}

// unmarshalOwn reads the block of a rule that the configuration defines.
func (s *AbuseSettings) unmarshalOwn(d *caddyfile.Dispenser, name string) error {
	r := new(OwnRuleSettings)
	if s.OwnRules == nil {
		s.OwnRules = map[string]*OwnRuleSettings{}
	}
	s.OwnRules[name] = r
	return block(d, "rule "+name, s.Check, lines{
		"match*":   r.unmarshalMatch,
		"path":     func(d *caddyfile.Dispenser) error { return oneArg(d, &r.Path) },
		"distinct": func(d *caddyfile.Dispenser) error { return oneArg(d, &r.Distinct) },
		"action":   func(d *caddyfile.Dispenser) error { return oneArg(d, &r.Action) },
		"capacity": func(d *caddyfile.Dispenser) error {
			var text string
			if err := oneArg(d, &text); err != nil {
				return err
			}
			var err error
			if r.Capacity, err = strconv.Atoi(text); err != nil {
				return d.Errf("capacity %q must be a whole number", text)
			}
			return nil
		},
		"leak": func(d *caddyfile.Dispenser) error { return duration(d, "leak", &r.Leak) },
		"mute": func(d *caddyfile.Dispenser) error { return duration(d, "mute", &r.Mute) },
	})
}

// unmarshalMatch reads `match status 404`, `match method POST` or `match path /api/*`.
func (r *OwnRuleSettings) unmarshalMatch(d *caddyfile.Dispenser) error {
	var what string
	if !d.Args(&what) {
		return d.ArgErr()
	}
	values := d.RemainingArgs()
	if err := atLeastOne(d, values); err != nil {
		return err
	}
	switch what {
	case "status":
		for _, v := range values {
			status, err := strconv.Atoi(v)
			if err != nil {
				return d.Errf("status %q must be a number such as 404", v)
			}
			r.Status = append(r.Status, status)
		}
	case "method":
		for _, v := range values {
			r.Methods = append(r.Methods, strings.ToUpper(v))
		}
	case "path":
		if len(values) > 1 || r.Path != "" {
			return d.Err("a rule has one path; * stands for any run of characters")
		}
		r.Path = values[0]
	default:
		return d.Errf("match %q must be one of status, method, path", what)
	}
	return nil
}

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
