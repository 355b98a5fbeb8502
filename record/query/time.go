package query

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

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
		return time.Time{}, record.NotTime.With()
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

// ParseDecisionTime reads how long a decision holds: 90s, 4h, 30d. The error is
// a [*record.ParamError].
func ParseDecisionTime(s string) (time.Duration, error) {
	d, err := parseAge(s)
	if err != nil || !record.ValidDecisionTime(d) {
		return 0, record.Invalid("for", s, record.NotDecisionTime)
	}
	return d, nil
}
