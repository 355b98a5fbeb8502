package logformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
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
