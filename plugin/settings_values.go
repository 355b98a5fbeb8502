package plugin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/record/query"
)

// DefaultServerRetention is how long requests are kept where nothing else is configured.
const DefaultServerRetention = 30 * day

const (
	day                = 24 * time.Hour
	shortestRetention  = day
	longestRetention   = 36500 * day
	retentionRemedy    = "must be from 1d to 36500d"
	pathRemedy         = "must start with / (exact, or with * for any run of characters)"
	timezoneRemedy     = "is no time zone; give an IANA name such as Europe/Berlin or UTC"
	instanceRemedy     = "must be 1 to 63 of a-z, 0-9, _ and -, and start with a letter or a digit"
	cookieNameSpecials = "!#$%&'*+-.^_`|~"
)

// validRetention takes 0 as "not said".
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

// days shows a duration as the configuration has it.
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

// matchPath reports whether one of the patterns matches a request path, which
// is cleaned and compared without regard to case as Caddy's own path matcher
// does it, so that //API/x is no way around /api/*.
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

var instanceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
