package plugin

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
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

	// Further budgets for some paths.
	Rates []PathRateSettings `json:"rates,omitempty"`

	// Paths of login forms, exact or with `*`, besides those that are found by
	// themselves.
	Login []string `json:"login,omitempty"`

	// Lists of addresses that others publish, and what follows for them.
	Blocklists []BlocklistSettings `json:"blocklists,omitempty"`

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

// PathRateSettings limit how often some paths may be requested. A path that matches
// several of them is limited by all.
type PathRateSettings struct {
	// The method that is limited. Default: all.
	Method string `json:"method,omitempty"`
	// A path, in which `*` stands for any run of characters.
	Path string `json:"path"`
	// Requests a second, a minute or an hour, such as `10/m`.
	Rate string `json:"rate"`
	// Requests that may be made at once. Default: as many as `rate` allows in its
	// unit of time.
	Burst int `json:"burst,omitempty"`
	// `client` gives this budget to each client, `instance` to all together.
	// Default: `client`.
	Per string `json:"per,omitempty"`
}

// BlocklistSettings are a list of addresses in one or more files. They are read again
// when they change.
type BlocklistSettings struct {
	// Files with an address or a prefix a line.
	Files []string `json:"files"`
	// `observe`, `throttle` or `block`.
	Action string `json:"action"`
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
	listActions = ruleActions[:3]
	ratesPer    = []string{"client", "instance"}
	banAnswers  = []string{"403", "abort"}
)

const (
	maxRate  = 1e6
	minRate  = 0.001
	maxBurst = 1e7
)

// rateUnits are the units of rates.
var rateUnits = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// parseRate parses a rate such as 10/m: how many requests in which time.
func parseRate(text string) (count float64, unit time.Duration, ok bool) {
	number, name, _ := strings.Cut(text, "/")
	count, err := strconv.ParseFloat(number, 64)
	unit, ok = rateUnits[name]
	return count, unit, ok && err == nil
}

// pathRate returns the settings as the detector has them.
func (r *PathRateSettings) pathRate() (abuse.PathRate, error) {
	count, unit, ok := parseRate(r.Rate)
	if !ok || !(count >= minRate && count <= maxRate) {
		return abuse.PathRate{}, fmt.Errorf("rate %s: %q must be a number from 0.001 to 1000000 a second, minute or hour, such as 5/s, 10/m or 100/h", r.name(), r.Rate)
	}
	return abuse.PathRate{
		Method: r.Method, Path: r.Path, PerSecond: count / unit.Seconds(),
		Burst: cmp.Or(r.Burst, int(math.Ceil(count))), PerInstance: r.Per == "instance",
	}, nil
}

// name names the requests that are limited.
func (r *PathRateSettings) name() string { return strings.TrimSpace(r.Method + " " + r.Path) }

// validateRates returns an error that names the first rate of paths that cannot work.
func (s *AbuseSettings) validateRates() error {
	if n := len(s.Rates); n > abuse.MaxPathRates {
		return fmt.Errorf("%d rates for paths are more than the %d that can be set; one path may have * in it", n, abuse.MaxPathRates)
	}
	seen := map[string]bool{}
	for i := range s.Rates {
		r := &s.Rates[i]
		if err := r.validate(); err != nil {
			return err
		}
		key := r.name() + " " + cmp.Or(r.Per, "client")
		if seen[key] {
			return fmt.Errorf("rate %s is there already; keep one of the two", r.name())
		}
		seen[key] = true
	}
	return nil
}

func (r *PathRateSettings) validate() error {
	if strings.Trim(r.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return fmt.Errorf("rate: method %q must be in capital letters, such as POST", r.Method)
	}
	if err := validPaths("rate: path", []string{r.Path}); err != nil {
		return err
	}
	if r.Burst < 0 || r.Burst > maxBurst {
		return fmt.Errorf("rate %s: burst %d must be from 1 to 10000000", r.name(), r.Burst)
	}
	if r.Per != "" && !slices.Contains(ratesPer, r.Per) {
		return fmt.Errorf("rate %s: per %q must be one of %s", r.name(), r.Per, strings.Join(ratesPer, ", "))
	}
	_, err := r.pathRate()
	return err
}
