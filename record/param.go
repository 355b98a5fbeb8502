package record

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound says that there is no such record.
var ErrNotFound = errors.New("not found")

// ParamError says which parameter of a question was wrong, and why. It is the
// asker's mistake, and its text is meant for the asker.
type ParamError struct {
	Param  string
	Value  string
	Reason string
}

func (e *ParamError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("%s: %s", e.Param, e.Reason)
	}
	return fmt.Sprintf("%s %q: %s", e.Param, Cut(e.Value, 64), e.Reason)
}

// BadCursor is the error for a cursor that this log did not give out.
func BadCursor(cursor string) error {
	return &ParamError{"cursor", cursor, "is none that this list gave out; ask again without it"}
}

// Limits of one page of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// params reads a set of URL parameters, each at most once unless said
// otherwise, and remembers the first mistake.
type params struct {
	values url.Values
	now    time.Time
	loc    *time.Location
	err    error
	// terms are those of a search for requests, searched the parameters that it
	// has set.
	terms    []Term
	searched []string
}

func newParams(values url.Values, known []string, now time.Time, loc *time.Location) *params {
	p := &params{values: values, now: now, loc: loc}
	if loc == nil {
		p.loc = time.UTC
	}
	for name, all := range values {
		if !slices.Contains(known, name) {
			p.fail(name, "", "is not a parameter here; there are: "+strings.Join(known, ", "))
		} else if len(all) > 1 && name != "category" {
			p.fail(name, all[1], "may be given once only")
		}
	}
	return p
}

func (p *params) fail(name, value, reason string) {
	if p.err == nil {
		p.err = &ParamError{name, value, reason}
	}
}

func (p *params) text(name string) string {
	v := p.values.Get(name)
	if len(v) > MaxText {
		p.fail(name, v, fmt.Sprintf("is longer than %d bytes", MaxText))
	}
	return v
}

func (p *params) limit() int {
	v := p.values.Get("limit")
	if v == "" {
		return DefaultLimit
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > MaxLimit {
		p.fail("limit", v, fmt.Sprintf("must be a whole number from 1 to %d", MaxLimit))
	}
	return n
}

func (p *params) oneOf(name string, allowed ...string) string {
	v := p.values.Get(name)
	if v != "" && !slices.Contains(allowed, v) {
		p.fail(name, v, "must be one of "+strings.Join(allowed, ", "))
	}
	return v
}

// prefix reads an address or a prefix; the zero Prefix stands for none.
func (p *params) prefix(name string) (prefix netip.Prefix) {
	v := p.values.Get(name)
	if v == "" {
		return prefix
	}
	prefix, err := ParsePrefix(v)
	if err != nil {
		p.fail(name, v, "is no address (203.0.113.7) or prefix (203.0.113.0/24)")
	}
	return prefix
}

// times reads the half-open range [from, to).
func (p *params) times() (from, to time.Time) {
	from, to = p.time("from", false), p.time("to", true)
	if p.err == nil && !from.IsZero() && !to.IsZero() && to.Before(from) {
		p.fail("to", p.values.Get("to"), "is before from")
	}
	return from, to
}

func (p *params) time(name string, end bool) time.Time {
	v := p.values.Get(name)
	if v == "" {
		return time.Time{}
	}
	t, err := ParseTime(v, p.now, p.loc, end)
	if err != nil {
		p.fail(name, v, err.Error())
	}
	return t
}

// ParseTime reads a moment as people give it: RFC 3339, a date in loc (its
// first moment, or with end the first moment of the day after, so that a range
// includes the day), or an age before now such as "24h" or "7d".
func ParseTime(s string, now time.Time, loc *time.Location, end bool) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, loc); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	age, err := parseAge(s)
	if err != nil {
		return time.Time{}, errors.New("is no time: give RFC 3339 (2026-01-31T10:31:20+01:00), a date (2026-01-31) or an age (24h, 7d)")
	}
	return now.Add(-age), nil
}

// parseAge is time.ParseDuration with days, as Caddy's own durations have them.
func parseAge(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	d, err := time.ParseDuration(s)
	if err == nil && d < 0 {
		err = errors.New("negative")
	}
	return d, err
}
