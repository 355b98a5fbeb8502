package plugin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	// Time zones, for systems that have no database of them.
	_ "time/tzdata"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// DefaultInstance is the instance of a site that names none.
const DefaultInstance = "default"

var instanceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// Settings are one instance's settings. Several sites may share an instance;
// they must then agree on its settings, or all but one leave them out.
type Settings struct {
	// The IANA name of the time zone in which dates are shown and read.
	// Default: `UTC`.
	Timezone string `json:"timezone,omitempty"`

	// What the server log keeps, and for how long.
	ServerLog *ServerLogSettings `json:"server_log,omitempty"`

	// What the application log keeps, and for how long.
	ApplicationLog *ApplicationLogSettings `json:"application_log,omitempty"`

	// How abuse is detected and answered. Default: it is only observed.
	Abuse *AbuseSettings `json:"abuse,omitempty"`
}

// ServerLogSettings are the settings of the server log.
type ServerLogSettings struct {
	// How long requests are kept, from 1 to 36500 days. They are
	// deleted within an hour after that. Default: `30d`.
	Retention caddy.Duration `json:"retention,omitempty"`

	// How long addresses are kept in full. Older ones are shortened to /24
	// (IPv4) or /48 (IPv6). Default: as long as `retention`.
	FullIP caddy.Duration `json:"full_ip,omitempty"`

	// Paths that are not recorded, exact or with `*` for any run of
	// characters. Their events are stored all the same.
	Skip []string `json:"skip,omitempty"`
}

// ApplicationLogSettings are the settings of the application log.
type ApplicationLogSettings struct {
	// How long entries are kept, from 1 to 36500 days. A period that is set in
	// the console takes precedence. Default: `180d`.
	Retention caddy.Duration `json:"retention,omitempty"`

	// After how long the entries of a category are anonymized, counted from the
	// later of an event's `time` and `until`. A period that is set in the
	// console takes precedence.
	Anonymize map[string]caddy.Duration `json:"anonymize,omitempty"`

	// Paths, exact or with `*`. While the log cannot be written, requests to
	// them are refused with 503 before they reach the application.
	Strict []string `json:"strict,omitempty"`

	// The name of the application's session cookie. A session counts as a
	// person once a login event has confirmed it.
	SessionCookie string `json:"session_cookie,omitempty"`
}

const (
	day                    = 24 * time.Hour
	defaultServerRetention = 30 * day
	shortestRetention      = day
	longestRetention       = 36500 * day
	retentionRemedy        = "must be from 1d to 36500d"
	pathRemedy             = "must start with / (exact, or with * for any run of characters)"
	timezoneRemedy         = "is no time zone; give an IANA name such as Europe/Berlin or UTC"
	instanceRemedy         = "must be 1 to 63 of a-z, 0-9, _ and -, and start with a letter or a digit"
	cookieNameSpecials     = "!#$%&'*+-.^_`|~"
)

// empty reports whether no setting is given: the directive only names the
// instance.
func (s *Settings) empty() bool {
	return s.Timezone == "" && s.ServerLog == nil && s.ApplicationLog == nil && s.Abuse == nil
}

// validate returns an error that names the first invalid field, and the remedy.
func (s *Settings) validate() error {
	if _, err := s.location(); err != nil {
		return err
	}
	if err := s.ServerLog.validate(); err != nil {
		return fmt.Errorf("server_log: %w", err)
	}
	if err := s.ApplicationLog.validate(); err != nil {
		return fmt.Errorf("application_log: %w", err)
	}
	if err := s.Abuse.Check(); err != nil {
		return fmt.Errorf("abuse: %w", err)
	}
	return nil
}

func (s *Settings) location() (*time.Location, error) {
	// LoadLocation accepts "Local" too, which differs from machine to machine.
	if s.Timezone == "Local" {
		return nil, fmt.Errorf("timezone %q %s", s.Timezone, timezoneRemedy)
	}
	loc, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone %q %s", s.Timezone, timezoneRemedy)
	}
	return loc, nil
}

func (s *ServerLogSettings) validate() error {
	if s == nil {
		return nil
	}
	if err := validRetention("retention", s.Retention); err != nil {
		return err
	}
	if err := validRetention("full_ip", s.FullIP); err != nil {
		return err
	}
	kept := time.Duration(s.Retention)
	if kept == 0 {
		kept = defaultServerRetention
	}
	if time.Duration(s.FullIP) > kept {
		return fmt.Errorf("full_ip %s is longer than retention %s; shorten it or leave it out", days(s.FullIP), days(caddy.Duration(kept)))
	}
	return validPaths("skip", s.Skip)
}

func (s *ApplicationLogSettings) validate() error {
	if s == nil {
		return nil
	}
	if err := validRetention("retention", s.Retention); err != nil {
		return err
	}
	for category, after := range s.Anonymize {
		if !record.ValidCategory(category) {
			return fmt.Errorf("anonymize: category %q must be a lower-case word such as booking", category)
		}
		if after == 0 {
			return fmt.Errorf("anonymize %s: 0 %s; leave the line out to turn it off", category, retentionRemedy)
		}
		if err := validRetention("anonymize "+category, after); err != nil {
			return err
		}
	}
	if s.SessionCookie != "" && !validCookieName(s.SessionCookie) {
		return fmt.Errorf("session_cookie %q is no cookie name (RFC 6265, section 4.1.1); use letters, digits and %s", s.SessionCookie, cookieNameSpecials)
	}
	return validPaths("strict", s.Strict)
}

// validRetention accepts 0, which means "not set".
func validRetention(name string, d caddy.Duration) error {
	if d != 0 && (time.Duration(d) < shortestRetention || time.Duration(d) > longestRetention) {
		return fmt.Errorf("%s %s %s", name, days(d), retentionRemedy)
	}
	return nil
}

func validPaths(name string, paths []string) error {
	for _, p := range paths {
		if !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "*") {
			return fmt.Errorf("%s %q %s", name, p, pathRemedy)
		}
	}
	return nil
}

func validCookieName(name string) bool {
	return !slices.ContainsFunc([]byte(name), func(c byte) bool {
		return !isAlphanumeric(c) && strings.IndexByte(cookieNameSpecials, c) < 0
	})
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// days formats a duration as it is written in a Caddyfile.
func days(d caddy.Duration) string {
	if t := time.Duration(d); t%day == 0 {
		return fmt.Sprintf("%dd", t/day)
	}
	return time.Duration(d).String()
}

func validInstance(name string) error {
	if !instanceName.MatchString(name) {
		return fmt.Errorf("instance name %q %s", name, instanceRemedy)
	}
	return nil
}

// matchPath reports whether one of the patterns matches a request path. As in
// Caddy's path matcher, the path is cleaned and case is ignored, so that //API/x
// does not get around /api/*.
func matchPath(patterns []string, requestPath string) bool {
	if len(patterns) == 0 {
		return false
	}
	requestPath = strings.ToLower(caddyhttp.CleanPath(requestPath, true))
	for _, p := range patterns {
		if query.MatchPattern(strings.ToLower(p), requestPath) {
			return true
		}
	}
	return false
}
