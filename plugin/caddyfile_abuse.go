package plugin

import (
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func (s *AbuseSettings) unmarshal(d *caddyfile.Dispenser) error {
	return block(d, "abuse", s.validate, lines{
		"mode": func(d *caddyfile.Dispenser) error {
			if err := oneOf(d, &s.Mode, abuseModes...); err != nil {
				return err
			}
			return noMoreArgs(d)
		},
		"rate": func(d *caddyfile.Dispenser) error {
			s.Rate = new(RateSettings)
			if err := s.Rate.unmarshal(d); err != nil {
				return err
			}
			return at(d, s.validate())
		},
		"allow*": func(d *caddyfile.Dispenser) error {
			more := d.RemainingArgs()
			s.Allow = append(s.Allow, more...)
			if err := atLeastOne(d, more); err != nil {
				return err
			}
			return at(d, s.validate())
		},
		"rule*": func(d *caddyfile.Dispenser) error {
			var name, action string
			if !d.Args(&name, &action) {
				return d.Err("rule needs a name and one of " + strings.Join(ruleActions, ", "))
			}
			if _, twice := s.Rules[name]; twice {
				return d.Errf("rule %s is there already", name)
			}
			if s.Rules == nil {
				s.Rules = map[string]string{}
			}
			s.Rules[name] = action
			if err := noMoreArgs(d); err != nil {
				return err
			}
			return at(d, s.validate())
		},
		"ban": func(d *caddyfile.Dispenser) error {
			if err := duration(d, "ban", &s.Ban); err != nil {
				return err
			}
			return at(d, s.validate())
		},
		"on_banned": func(d *caddyfile.Dispenser) error {
			if err := oneOf(d, &s.OnBanned, banAnswers...); err != nil {
				return err
			}
			return noMoreArgs(d)
		},
		"keep": func(d *caddyfile.Dispenser) error { return howLong(d, &s.Keep) },
	})
}

// unmarshal reads `50/s burst 500`.
func (r *RateSettings) unmarshal(d *caddyfile.Dispenser) error {
	const form = "must be like 50/s burst 500"
	var rate, word, burst string
	if !d.Args(&rate, &word, &burst) || word != "burst" {
		return d.Err("rate " + form)
	}
	number, ok := strings.CutSuffix(rate, "/s")
	if !ok {
		return d.Errf("rate %q %s", rate, form)
	}
	var err error
	if r.PerSecond, err = strconv.ParseFloat(number, 64); err != nil {
		return d.Errf("rate %q %s", rate, form)
	}
	if r.Burst, err = strconv.Atoi(burst); err != nil {
		return d.Errf("burst %q %s", burst, form)
	}
	return noMoreArgs(d)
}
