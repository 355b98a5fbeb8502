package abuse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
)

// OwnRule is a rule of the configuration: a request counts if it matches all
// fields that are set.
type OwnRule struct {
	Rule
	// Statuses the answer may have; none means any.
	Statuses []int
	// Methods the request may have; none means any.
	Methods []string
	// Path is a path, in which * stands for any run of characters; "" means any.
	Path string
}

// validate returns an error if the rule cannot work.
func (r *OwnRule) validate() error {
	switch {
	case r.Name == "":
		return fmt.Errorf("a rule has no name")
	case r.Name == BlocklistRule || r.Name == BanBudgetRule || slices.Contains(RuleNames(), r.Name):
		return fmt.Errorf("rule %s exists already; name yours otherwise", r.Name)
	case len(r.Statuses) == 0 && len(r.Methods) == 0 && r.Path == "":
		return fmt.Errorf("rule %s matches every request; give it a status, a method or a path", r.Name)
	case r.Path != "" && r.Path[0] != '/' && r.Path[0] != '*':
		return fmt.Errorf("rule %s: path %q matches nothing; it must begin with / or *", r.Name, r.Path)
	case r.Capacity < 0 || r.Capacity > counter.MaxValues:
		return fmt.Errorf("rule %s: capacity %d must be from 0 to %d", r.Name, r.Capacity, counter.MaxValues)
	case r.Capacity > 0 && (r.Leak < time.Millisecond || r.Leak > 24*time.Hour):
		return fmt.Errorf("rule %s: leak %s must be from 1ms to 24h", r.Name, r.Leak)
	case r.Mute < 0 || r.Mute > 24*time.Hour:
		return fmt.Errorf("rule %s: mute %s must be from 0 to 24h", r.Name, r.Mute)
	case int(r.Distinct) >= len(fieldNames):
		return fmt.Errorf("rule %s: there is no such field to be distinct by", r.Name)
	case r.Action > Block:
		return fmt.Errorf("rule %s: there is no such action", r.Name)
	}
	for _, s := range r.Statuses {
		if s < 100 || s > 999 {
			return fmt.Errorf("rule %s: status %d must be from 100 to 999", r.Name, s)
		}
	}
	return nil
}

// matches reports whether a request counts.
func (r *OwnRule) matches(req *Request) bool {
	return (len(r.Statuses) == 0 || slices.Contains(r.Statuses, req.Status)) &&
		(len(r.Methods) == 0 || slices.Contains(r.Methods, req.Method)) &&
		(r.Path == "" || glob(r.Path, req.Path))
}

// glob reports whether s matches pattern, in which * stands for any run of
// characters. Each part is matched at its first occurrence, so that the time is
// linear in the length of both.
func glob(pattern, s string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return s == pattern
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		_, s, ok = strings.Cut(s, part)
		if !ok {
			return false
		}
		rest = after
	}
}

// checkMatchable refuses a pattern that no path matches, because paths are compared
// without their query and with their escapes decoded.
func checkMatchable(pat string) error {
	if i := strings.IndexAny(pat, "?%#;"); i >= 0 {
		return fmt.Errorf("path %q matches nothing, because of %q: write the path without a query, and with its escapes decoded", pat, pat[i])
	}
	return nil
}

// matchesPath reports whether a path, as [pattern.Spelled] returns it, matches a pattern in
// lower case. A slash at the end of the path may be missing in the pattern.
func matchesPath(pat, path string) bool {
	if glob(pat, path) {
		return true
	}
	short, slash := strings.CutSuffix(path, "/")
	return slash && short != "" && glob(pat, short)
}
