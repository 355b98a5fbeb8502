package logformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// requestFields is a request without its methods.
type requestFields record.Request

// ndjsonLine is a request as [record.Request] writes it, with pointers where
// there has to be something.
type ndjsonLine struct {
	requestFields
	Time       *time.Time `json:"time"`
	Method     *string    `json:"method"`
	Path       *string    `json:"path"`
	Status     *int       `json:"status"`
	DurationMS float64    `json:"duration_ms"`
	AuthFailed bool       `json:"auth_failed"`
}

// maxMilliseconds is how long a request may have taken, as [record.Request]
// reads it.
const maxMilliseconds = 1e12

// parseNDJSON reads a request as [record.Request] writes it.
func parseNDJSON(line []byte) (Entry, error) {
	if e, ok := quickNDJSON(line); ok {
		return e, nil
	}
	return slowNDJSON(line)
}

func slowNDJSON(line []byte) (Entry, error) {
	var in ndjsonLine
	if json.Unmarshal(line, &in) != nil || in.Time == nil || in.Method == nil || in.Path == nil || in.Status == nil ||
		math.Abs(in.DurationMS) > maxMilliseconds {
		return explainNDJSON(line)
	}
	e := Entry{Request: record.Request(in.requestFields), AuthFailed: in.AuthFailed}
	e.Time, e.Method, e.Path, e.Status = *in.Time, *in.Method, *in.Path, *in.Status
	e.Duration = milliseconds(in.DurationMS)
	e.IP = plainAddr(e.IP)
	return e, nil
}

// explainNDJSON reads a line value by value, which takes three times as long,
// and finds the error and its position.
func explainNDJSON(line []byte) (Entry, error) {
	var keys struct {
		Time, IP, Method, Path, Status json.RawMessage
		AuthFailed                     bool `json:"auth_failed"`
	}
	if err := json.Unmarshal(line, &keys); err != nil {
		return Entry{}, jsonError(err)
	}
	for _, key := range []struct {
		name  string
		value json.RawMessage
	}{{"time", keys.Time}, {"method", keys.Method}, {"path", keys.Path}, {"status", keys.Status}} {
		if key.value == nil || string(key.value) == "null" {
			return Entry{}, &ParseError{Reason: "there is no " + key.name}
		}
	}
	// These two have their own UnmarshalJSON, whose errors have no position.
	if json.Unmarshal(keys.Time, new(time.Time)) != nil {
		return Entry{}, badValue(line, keys.Time, "no RFC 3339 time")
	}
	if keys.IP != nil && json.Unmarshal(keys.IP, new(netip.Addr)) != nil {
		return Entry{}, badValue(line, keys.IP, "no IP address")
	}
	e := Entry{AuthFailed: keys.AuthFailed}
	if err := e.UnmarshalJSON(line); err != nil {
		return Entry{}, jsonError(err)
	}
	e.IP = plainAddr(e.IP)
	return e, nil
}

// caddyLine is what matters of a line of Caddy's access log.
type caddyLine struct {
	TS         json.RawMessage `json:"ts"`
	Request    *caddyRequest   `json:"request"`
	BytesRead  int64           `json:"bytes_read"`
	UserID     string          `json:"user_id"`
	Duration   json.RawMessage `json:"duration"`
	Size       *int64          `json:"size"`
	Status     int             `json:"status"`
	WriteError string          `json:"write_error"`
}

// caddyRequest is what matters of its request.
type caddyRequest struct {
	ClientIP string `json:"client_ip"`
	RemoteIP string `json:"remote_ip"`
	Proto    string `json:"proto"`
	Method   string `json:"method"`
	Host     string `json:"host"`
	URI      string `json:"uri"`
	Headers  struct {
		UserAgent     []string `json:"User-Agent"`
		Referer       []string `json:"Referer"`
		Authorization []string `json:"Authorization"`
	} `json:"headers"`
}

func parseCaddy(line []byte) (Entry, error) {
	if in, ok := quickCaddy(line); ok {
		return in.entry(line)
	}
	return slowCaddy(line)
}

func slowCaddy(line []byte) (Entry, error) {
	var in caddyLine
	if err := json.Unmarshal(line, &in); err != nil {
		return Entry{}, jsonError(err)
	}
	return in.entry(line)
}

// entry returns the content of the line.
func (in *caddyLine) entry(line []byte) (Entry, error) {
	// Caddy's errors are logged with the request too, but without a size; the
	// access log has a line for them as well.
	if in.Request == nil || in.Size == nil {
		return Entry{}, &ParseError{Reason: "this is no entry of an access log: it has no request or no size"}
	}
	if in.TS == nil {
		return Entry{}, &ParseError{Reason: "there is no ts"}
	}
	logged, err := parseTS(in.TS)
	if err != nil {
		return Entry{}, badValue(line, in.TS, err.Error())
	}
	duration, err := parseDuration(in.Duration)
	if err != nil {
		return Entry{}, badValue(line, in.Duration, err.Error())
	}
	ip := in.Request.ClientIP
	if ip == "" {
		ip = in.Request.RemoteIP
	}
	addr, err := parseAddr(ip)
	if err != nil {
		return Entry{}, badValue(line, []byte(ip), "no IP address")
	}
	path, query, _ := strings.Cut(in.Request.URI, "?")
	e := Entry{Request: record.Request{
		// Caddy logs a request when it is done.
		Time: logged.Add(-duration), Duration: duration,
		IP: addr, Method: in.Request.Method, Host: in.Request.Host, Path: path, Query: query,
		Status: in.Status, Bytes: *in.Size, BytesIn: in.BytesRead, Proto: in.Request.Proto,
		UserAgent: firstOf(in.Request.Headers.UserAgent), Referer: firstOf(in.Request.Headers.Referer),
		User: in.UserID, Aborted: in.WriteError != "" || in.Status == 499,
	}}
	if e.Status == 0 {
		e.Status = 200 // nothing was written, so that the server sent this
	}
	e.AuthFailed = e.Status == 401 && len(in.Request.Headers.Authorization) > 0
	return e, nil
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// isoTime is Caddy's time format "iso8601".
const isoTime = "2006-01-02T15:04:05.000Z0700"

// parseTS reads a time as Caddy's encoders write it: seconds, milliseconds or
// nanoseconds since 1970, distinguished by size, or a text with a zone.
func parseTS(raw json.RawMessage) (time.Time, error) {
	var text string
	if !isNumber(raw) && json.Unmarshal(raw, &text) == nil {
		for _, layout := range []string{time.RFC3339Nano, isoTime} {
			if t, err := time.Parse(layout, text); err == nil {
				return t, nil
			}
		}
		return time.Time{}, errors.New("no time with a zone")
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

// parseDuration reads seconds, or a text such as "1.5ms".
func parseDuration(raw json.RawMessage) (time.Duration, error) {
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
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.Abs(seconds) > 1e9 {
		return 0, errors.New("no duration in seconds")
	}
	return toMicroseconds(seconds), nil
}

// isNumber reports whether a value is a number, as most times are.
func isNumber(raw json.RawMessage) bool { return raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9' }

func toMicroseconds(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds*1e6)) * time.Microsecond
}

// badValue reports that value, which stands somewhere in line, is not what it
// should be.
func badValue(line, value []byte, reason string) error {
	return errAt(max(0, bytes.Index(line, value)), "%s is %s", display.Visible(brief(string(value))), reason)
}

func jsonError(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &ParseError{int(syntax.Offset), display.Visible(syntax.Error())}
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		field := strings.TrimPrefix(wrong.Field, "requestFields.")
		if field == "" {
			field = "the line"
		}
		return &ParseError{int(wrong.Offset), fmt.Sprintf("%s is a JSON %s", display.Visible(brief(field)), wrong.Value)}
	}
	return &ParseError{Reason: display.Visible(record.Cut(err.Error(), 256))}
}
