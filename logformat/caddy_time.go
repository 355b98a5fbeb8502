package logformat

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
)

// isoTime is Caddy's time format "iso8601".
const isoTime = "2006-01-02T15:04:05.000Z0700"

// wallTime is Caddy's time formats "wall", "wall_milli" and "wall_nano", which have no
// zone. A fraction is read as well.
const wallTime = "2006/01/02 15:04:05"

// parseTS reads a time as Caddy's encoders write it: seconds, milliseconds or
// nanoseconds since 1970, distinguished by size, or a text.
func (d *Dialect) parseTS(raw json.RawMessage) (time.Time, error) {
	var text string
	if !isNumber(raw) && json.Unmarshal(raw, &text) == nil {
		for _, layout := range []string{time.RFC3339Nano, isoTime, combinedTime} {
			if t, err := time.Parse(layout, text); err == nil {
				return t, nil
			}
		}
		t, err := time.ParseInLocation(wallTime, text, cmp.Or(d.Zone, time.UTC))
		if err != nil {
			return time.Time{}, errors.New("no time that Caddy writes")
		}
		return t, nil
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case err != nil:
	case n >= 0 && n < 1e11:
		seconds, fraction := math.Modf(n) // n * 1e6 would lose the last digit
		return time.Unix(int64(seconds), 0).Add(toMicroseconds(fraction)).UTC(), nil
	case n >= 1e11 && n < 1e14:
		return time.UnixMicro(int64(math.Round(n * 1e3))).UTC(), nil
	case n >= 1e17 && n < 1e19:
		return time.UnixMicro(int64(n / 1e3)).UTC(), nil
	}
	return time.Time{}, errors.New("no time")
}

// hasZone reports whether a time says in which zone it is.
func hasZone(raw json.RawMessage) bool {
	var text string
	if isNumber(raw) || json.Unmarshal(raw, &text) != nil {
		return true
	}
	_, err := time.Parse(wallTime, text)
	return err != nil
}

// parseDuration reads a number, or a text such as "1.5ms".
func (d *Dialect) parseDuration(raw json.RawMessage) (time.Duration, error) {
	if raw == nil {
		return 0, nil
	}
	var text string
	if !isNumber(raw) && json.Unmarshal(raw, &text) == nil {
		if d, err := time.ParseDuration(text); err == nil {
			return d, nil
		}
		return 0, errors.New("no duration")
	}
	unit, known := durationUnit(raw)
	if !known {
		if unit = d.Durations; unit == 0 {
			return 0, errors.New("a whole number, so that it cannot be seen whether the duration is in milliseconds or nanoseconds; say it with --durations ms, ns or s")
		}
	}
	if unit == time.Second {
		seconds, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || math.Abs(seconds) > maxSeconds {
			return 0, errors.New("no duration in seconds")
		}
		return toMicroseconds(seconds), nil
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n > int64(maxSeconds*float64(time.Second)/float64(unit)) {
		return 0, errors.New("no duration")
	}
	return (time.Duration(n) * unit).Round(time.Microsecond), nil
}

// maxSeconds is longer than any request, and short enough for a [time.Duration].
const maxSeconds = 1e9

// durationUnit returns the unit of a duration as far as the number shows it. Caddy writes
// seconds with a fraction, as a duration of exactly so many seconds is one in a thousand
// million; and milliseconds or nanoseconds, if it is told to, as whole numbers. No
// request takes less than a microsecond, and none takes months.
func durationUnit(raw json.RawMessage) (unit time.Duration, known bool) {
	if bytes.ContainsAny(raw, ".eE-") || string(raw) == "0" {
		return time.Second, true
	}
	switch n, err := strconv.ParseUint(string(raw), 10, 64); {
	case err != nil:
		return time.Second, true // too large for anything
	case n < uint64(time.Microsecond):
		return time.Millisecond, true
	case n >= maxMilli:
		return time.Nanosecond, true
	}
	return 0, false
}

// maxMilli is 115 days in milliseconds, and ten seconds in nanoseconds.
const maxMilli = 10_000_000_000

// isNumber reports whether a value is a number, as most times are.
func isNumber(raw json.RawMessage) bool { return raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9' }

func toMicroseconds(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds*1e6)) * time.Microsecond
}
