package plugin

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/blocklist"
)

// Detector returns the configuration of a detector with these settings, and reads
// the files with patterns and block lists. Nil settings are the defaults.
func (s *AbuseSettings) Detector() (abuse.Config, error) {
	c, err := s.config()
	if err != nil || s == nil {
		return c, err
	}
	if c.Patterns, err = s.readPatterns(); err != nil {
		return c, err
	}
	for i := range s.Blocklists {
		list, err := s.Blocklists[i].open()
		if err != nil {
			return c, fmt.Errorf("blocklist: %w", err)
		}
		c.Blocklists = append(c.Blocklists, list)
	}
	return c, nil
}

// config returns the configuration of a detector without what is in files.
func (s *AbuseSettings) config() (abuse.Config, error) {
	var c abuse.Config
	if s == nil {
		return c, nil
	}
	c.Enforce = s.Mode == ModeEnforce
	c.Ban = time.Duration(s.Ban)
	if s.Rate != nil {
		c.PerSecond, c.Burst = s.Rate.PerSecond, s.Rate.Burst
	}
	for i := range s.Rates {
		rate, err := s.Rates[i].pathRate()
		if err != nil {
			return c, err
		}
		c.Paths = append(c.Paths, rate)
	}
	c.LoginPaths = s.Login
	for _, text := range s.Allow {
		p, err := allowed(text)
		if err != nil {
			return c, err
		}
		c.Allow = append(c.Allow, p)
	}
	for name, text := range s.Rules {
		action, err := abuse.ParseAction(text)
		if err != nil {
			return c, fmt.Errorf("rule %s: %w", name, err)
		}
		if c.Actions == nil {
			c.Actions = map[string]abuse.Action{}
		}
		c.Actions[name] = action
	}
	for _, name := range slices.Sorted(maps.Keys(s.OwnRules)) {
		own, err := s.OwnRules[name].rule(name)
		if err != nil {
			return c, err
		}
		c.Own = append(c.Own, own)
	}
	return c, nil
}

// allowed parses an address or a prefix. A prefix with bits beyond its length is
// refused, because it may be meant as either.
func allowed(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err == nil && p != p.Masked() {
		return p, fmt.Errorf("allow %q is an address and a prefix; write %s or %s", text, p.Addr(), p.Masked())
	}
	if err == nil {
		return p, nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return p, fmt.Errorf("allow %q is no address (203.0.113.7) or prefix (203.0.113.0/24)", text)
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// readPatterns reads the files that add to the word lists.
func (s *AbuseSettings) readPatterns() (map[string][]string, error) {
	all := map[string][]string{}
	for _, rule := range slices.Sorted(maps.Keys(s.Patterns)) {
		file := s.Patterns[rule]
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("patterns %s: %w", rule, err)
		}
		if all[rule], err = abuse.ReadPatterns(bytes.NewReader(text)); err != nil {
			return nil, fmt.Errorf("patterns %s: %s: %w", rule, file, err)
		}
	}
	return all, nil
}

// rule returns the settings as a rule of the detector.
func (r *OwnRuleSettings) rule(name string) (abuse.OwnRule, error) {
	own := abuse.OwnRule{
		Rule:     abuse.Rule{Name: name, Capacity: r.Capacity, Leak: time.Duration(r.Leak), Mute: time.Duration(r.Mute)},
		Statuses: r.Status, Methods: r.Methods, Path: r.Path,
	}
	var err error
	if own.Action, err = abuse.ParseAction(cmp.Or(r.Action, "observe")); err != nil {
		return own, fmt.Errorf("rule %s: %w", name, err)
	}
	if own.Distinct, err = abuse.ParseField(cmp.Or(r.Distinct, "any")); err != nil {
		return own, fmt.Errorf("rule %s: %w", name, err)
	}
	return own, nil
}

// Check returns an error that names the first setting that cannot work, and the
// remedy. It reads no files: [AbuseSettings.Detector] does.
func (s *AbuseSettings) Check() error {
	if s == nil {
		return nil
	}
	if s.Mode != "" && !slices.Contains(abuseModes, s.Mode) {
		return fmt.Errorf("mode %q must be one of %s", s.Mode, strings.Join(abuseModes, ", "))
	}
	if r := s.Rate; r != nil && !(r.PerSecond >= 0.001 && r.PerSecond <= 1e6 && r.Burst >= 1 && r.Burst <= 1e7) {
		return fmt.Errorf("rate %v/s burst %d must be from 0.001/s to 1000000/s with a burst of at least 1 (such as 50/s burst 500)", r.PerSecond, r.Burst)
	}
	if err := s.validateRates(); err != nil {
		return err
	}
	if err := validPaths("login", s.Login); err != nil {
		return err
	}
	if err := s.validateBlocklists(); err != nil {
		return err
	}
	if err := s.validateRules(); err != nil {
		return err
	}
	if s.Ban != 0 && (time.Duration(s.Ban) < time.Second || time.Duration(s.Ban) > abuse.LongestBan) {
		return fmt.Errorf("ban %s must be from 1s to 7d", days(s.Ban))
	}
	if s.OnBanned != "" && !slices.Contains(banAnswers, s.OnBanned) {
		return fmt.Errorf("on_banned %q must be one of %s", s.OnBanned, strings.Join(banAnswers, ", "))
	}
	if err := validRetention("keep", s.Keep); err != nil {
		return err
	}
	config, err := s.config()
	if err != nil {
		return err
	}
	if err := config.Validate(); err != nil {
		return err
	}
	for _, rule := range slices.Sorted(maps.Keys(s.Patterns)) {
		if err := abuse.ValidatePatterns(rule, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *AbuseSettings) validateRules() error {
	for name, action := range s.Rules {
		if _, ok := abuse.DefaultAction(name); !ok {
			return abuse.UnknownRule(name)
		}
		if !slices.Contains(ruleActions, action) {
			return fmt.Errorf("rule %s: action %q must be one of %s", name, action, strings.Join(ruleActions, ", "))
		}
	}
	return nil
}

// open reads the files.
func (b *BlocklistSettings) open() (list abuse.Blocklist, err error) {
	if list.Action, err = abuse.ParseAction(b.Action); err != nil {
		return list, err
	}
	list.List, err = blocklist.Open(b.Files)
	return list, err
}

// validateBlocklists reads no files.
func (s *AbuseSettings) validateBlocklists() error {
	if n := len(s.Blocklists); n > abuse.MaxBlocklists {
		return fmt.Errorf("%d blocklists are more than the %d that can be set; one may have several files", n, abuse.MaxBlocklists)
	}
	for _, b := range s.Blocklists {
		if !slices.Contains(listActions, b.Action) {
			return fmt.Errorf("blocklist: action %q must be one of %s", b.Action, strings.Join(listActions, ", "))
		}
		if len(b.Files) == 0 || slices.Contains(b.Files, "") {
			return errors.New("blocklist needs the path of a file, such as /etc/gatebook/drop.txt")
		}
	}
	return nil
}
