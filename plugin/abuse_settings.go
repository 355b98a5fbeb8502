package plugin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/abuse"
)

// AbuseSettings say how abuse is detected and answered. Without them it is
// observed, by the defaults of all rules.
type AbuseSettings struct {
	// `observe` flags and never refuses; `enforce` throttles and bans.
	// Default: `observe`.
	Mode string `json:"mode,omitempty"`

	// The request budget of a client. Default: 50 a second, burst 500.
	Rate *RateSettings `json:"rate,omitempty"`

	// Addresses and prefixes that are never throttled or banned.
	Allow []string `json:"allow,omitempty"`

	// What each rule does, by its name: `observe`, `throttle`, `block` or
	// `off`. Rules that are not named do what they do by default.
	Rules map[string]string `json:"rules,omitempty"`

	// Further rules, by their names.
	OwnRules map[string]*OwnRuleSettings `json:"own_rules,omitempty"`

	// Files with further patterns for rules that have word lists, by the rule's
	// name: a pattern a line, read when the configuration is loaded.
	Patterns map[string]string `json:"patterns,omitempty"`

	// How long the first ban lasts, from 1 second to 7 days. Default: `15m`.
	Ban caddy.Duration `json:"ban,omitempty"`

	// How a banned client is answered: `403`, or `abort` to close the
	// connection. Default: `403`.
	OnBanned string `json:"on_banned,omitempty"`

	// How long flags, evidence and notes are kept. Default: `90d`.
	Keep caddy.Duration `json:"keep,omitempty"`
}

// RateSettings are a token bucket.
type RateSettings struct {
	// Requests a second that a client may make for ever.
	PerSecond float64 `json:"per_second"`
	// Requests that a client may make at once.
	Burst int `json:"burst"`
}

// OwnRuleSettings are a rule of the configuration: a request counts if all that is
// given holds of it, and the rule overflows at one more than its capacity.
type OwnRuleSettings struct {
	// Statuses of the answer. Default: any.
	Status []int `json:"status,omitempty"`
	// Methods. Default: any.
	Methods []string `json:"methods,omitempty"`
	// A path, in which `*` stands for any run of characters. Default: any.
	Path string `json:"path,omitempty"`
	// What must differ for a request to count again: `path`, `path+query`,
	// `query`, `file` or `user_agent`. Default: nothing.
	Distinct string `json:"distinct,omitempty"`
	// How many requests are tolerated. Default: 0.
	Capacity int `json:"capacity,omitempty"`
	// After how long one of them is forgotten.
	Leak caddy.Duration `json:"leak,omitempty"`
	// How long the rule says nothing more of the same source.
	Mute caddy.Duration `json:"mute,omitempty"`
	// `observe`, `throttle`, `block` or `off`. Default: `observe`.
	Action string `json:"action,omitempty"`
}

// The modes of an abuse block.
const (
	ModeObserve = "observe"
	ModeEnforce = "enforce"
)

var (
	abuseModes  = []string{ModeObserve, ModeEnforce}
	ruleActions = []string{"observe", "throttle", "block", "off"}
	banAnswers  = []string{"403", "abort"}
)

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
