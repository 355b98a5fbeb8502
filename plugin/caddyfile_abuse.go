package plugin

import (
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
