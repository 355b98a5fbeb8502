package plugin

import (
	"fmt"
	"time"

	// Time zones, for systems that have no database of them.
	_ "time/tzdata"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/record"
)

// DefaultInstance is the instance of a site that names none.
const DefaultInstance = "default"

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
		kept = DefaultServerRetention
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
