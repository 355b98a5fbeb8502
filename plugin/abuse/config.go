package abuse

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/crawler"
	"github.com/gatebook/gatebook/plugin/abuse/pattern"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
)

const (
	// FirstBan is how long a first ban, and every throttle, lasts by default.
	FirstBan = sanction.FirstBan
	// LongestBan is the longest ban that a detector imposes by itself.
	LongestBan = sanction.LongestBan
)

// Crawler is a search engine.
type Crawler = crawler.Crawler

// Config configures a [Detector]. Its zero value observes, with the defaults of all
// rules.
type Config struct {
	// Enforce refuses requests. Without it everything is only flagged.
	Enforce bool
	// PerSecond and Burst are the request budget of a client. 0 a second means 50,
	// with a burst of 500.
	PerSecond float64
	Burst     int
	// Paths are further budgets for some paths, at most [MaxPathRates].
	Paths []PathRate
	// LoginPaths are paths of login forms, besides those that are found. * stands for
	// any run of characters, and spellings match as in [PathRate].
	LoginPaths []string
	// Blocklists are lists of addresses that others publish, at most [MaxBlocklists].
	Blocklists []Blocklist
	// Allow are never flagged or refused.
	Allow []netip.Prefix
	// Private also flags and refuses the addresses of private networks, of this
	// machine and of its links. By default they are allowed.
	Private bool
	// Actions replace the default actions of rules.
	Actions map[string]Action
	// Own are further rules, at most MaxOwnRules.
	Own []OwnRule
	// Patterns are added to the word lists of rules, by the names of the rules.
	Patterns map[string][]string
	// Ban is how long a first ban, and every throttle, lasts; 0 means [FirstBan].
	Ban time.Duration
	// BansPerMinute limits automatic bans; 0 means 100.
	BansPerMinute int
	// Seed is that of the hashes; 0 takes a random one. The same seed gives the same
	// result for the same log, and [Detector.RestoreKnown] needs the one that its
	// list was made with. [Detector.With] ignores it.
	Seed uint64
	// Verify, if set, is called once about an address that claims to be a search
	// engine and is not in a published range, and again after 4,096 other claims. It
	// must not block; its answer goes to [Detector.Verified].
	Verify func(Crawler, netip.Addr)
}

// Validate returns an error if a detector cannot be configured like this. It reads
// no files and compiles no patterns.
func (c *Config) Validate() error {
	if c.PerSecond < 0 || math.IsNaN(c.PerSecond) || math.IsInf(c.PerSecond, 0) {
		return fmt.Errorf("rate %v/s must not be negative or infinite", c.PerSecond)
	}
	if c.Ban < 0 || c.Ban > LongestBan {
		return fmt.Errorf("ban %s must be from 0 to %s", c.Ban, LongestBan)
	}
	for _, p := range c.Allow {
		if !p.IsValid() {
			return fmt.Errorf("allow has an invalid prefix")
		}
	}
	if len(c.Paths) > MaxPathRates {
		return fmt.Errorf("%d rates for paths are more than the %d that can be set; one path may have * in it", len(c.Paths), MaxPathRates)
	}
	for i := range c.Paths {
		if err := c.Paths[i].validate(); err != nil {
			return err
		}
	}
	for _, p := range c.LoginPaths {
		if p == "" || p[0] != '/' && p[0] != '*' {
			return fmt.Errorf("login %q matches no path; it must begin with / or *", p)
		}
		if err := checkMatchable(p); err != nil {
			return fmt.Errorf("login: %w", err)
		}
	}
	if len(c.Blocklists) > MaxBlocklists {
		return fmt.Errorf("%d blocklists are more than the %d that can be set; one may have several files", len(c.Blocklists), MaxBlocklists)
	}
	for i := range c.Blocklists {
		if err := c.Blocklists[i].validate(); err != nil {
			return err
		}
	}
	if err := c.validateRules(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Patterns)) {
		if err := ValidatePatterns(name, c.Patterns[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) validateRules() error {
	if len(c.Own) > MaxOwnRules {
		return fmt.Errorf("%d rules of your own are more than the %d that can be added; leave some out", len(c.Own), MaxOwnRules)
	}
	own := map[string]bool{}
	for i := range c.Own {
		if err := c.Own[i].validate(); err != nil {
			return err
		}
		if name := c.Own[i].Name; own[name] {
			return fmt.Errorf("rule %s is there twice", name)
		}
		own[c.Own[i].Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c.Actions)) {
		if _, known := DefaultAction(name); !known && !own[name] {
			return UnknownRule(name)
		}
	}
	return nil
}

// ValidatePatterns returns an error if these patterns cannot be added to a rule.
func ValidatePatterns(rule string, patterns []string) error {
	if !HasPatterns(rule) {
		if _, known := DefaultAction(rule); !known {
			return UnknownRule(rule)
		}
		return fmt.Errorf("rule %s has no patterns to add to; those that have are: %s", rule, strings.Join(slices.DeleteFunc(RuleNames(), func(n string) bool { return !HasPatterns(n) }), ", "))
	}
	for _, text := range patterns {
		if err := pattern.Check(text); err != nil {
			return fmt.Errorf("patterns of %s: %w", rule, err)
		}
	}
	return nil
}
