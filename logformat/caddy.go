package logformat

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// caddyLine is what matters of a line of Caddy's access log.
type caddyLine struct {
	TS         json.RawMessage `json:"ts"`
	Request    *caddyRequest   `json:"request"`
	BytesRead  int64           `json:"bytes_read"`
	UserID     string          `json:"user_id"`
	Duration   json.RawMessage `json:"duration"`
	Size       *int64          `json:"size"`
	Status     caddyStatus     `json:"status"`
	WriteError string          `json:"write_error"`
}

// caddyStatus is a status that may be missing.
type caddyStatus struct {
	code  int
	known bool
}

func (s *caddyStatus) UnmarshalJSON(text []byte) error {
	s.known = string(text) != "null"
	if json.Unmarshal(text, &s.code) != nil {
		return errors.New("status is no whole number")
	}
	return nil
}

// caddyRequest is what matters of its request.
type caddyRequest struct {
	ClientIP string `json:"client_ip"`
	RemoteIP string `json:"remote_ip"`
	// RemoteAddr has a port; Caddy wrote it up to version 2.4.
	RemoteAddr string       `json:"remote_addr"`
	Proto      string       `json:"proto"`
	Method     string       `json:"method"`
	Host       string       `json:"host"`
	URI        string       `json:"uri"`
	Headers    caddyHeaders `json:"headers"`
}

// caddyHeaders are the request's header fields. A filter may have replaced all of them
// by a text, which then says nothing.
type caddyHeaders struct {
	UserAgent     fieldValues `json:"User-Agent"`
	Referer       fieldValues `json:"Referer"`
	Authorization fieldValues `json:"Authorization"`
}

func (h *caddyHeaders) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return nil
	}
	type fields caddyHeaders
	if err := json.Unmarshal(text, (*fields)(h)); err != nil {
		return fmt.Errorf("reading the headers: %w", err)
	}
	return nil
}

// fieldValues are the values of a header field, or the text that a filter put in their
// place.
type fieldValues []string

func (v *fieldValues) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*v = make([]string, 1)
		return json.Unmarshal(text, &(*v)[0])
	}
	if json.Unmarshal(text, (*[]string)(v)) != nil {
		return errors.New("a header is neither a list of texts nor a text")
	}
	return nil
}

func (d *Dialect) parseCaddy(line []byte) (Entry, error) {
	if len(line) > 0 && line[0] != '{' {
		return d.parseConsole(line)
	}
	if in, ok := quickCaddy(line); ok {
		return in.entry(d, line)
	}
	return d.slowCaddy(line)
}

func (d *Dialect) slowCaddy(line []byte) (Entry, error) {
	var in caddyLine
	if err := json.Unmarshal(line, &in); err != nil {
		return Entry{}, jsonError(err)
	}
	return in.entry(d, line)
}

// parseConsole reads a line of Caddy's console encoder: time, level, logger and message
// between tabs, and the rest as JSON.
func (d *Dialect) parseConsole(line []byte) (Entry, error) {
	start := bytes.Index(line, []byte(`{"`))
	if start < 0 {
		if json.Valid(line) {
			return d.slowCaddy(line)
		}
		return Entry{}, &ParseError{Reason: "this is no JSON, and no line of Caddy's console encoder with a request"}
	}
	stamp := consoleTime(line[:start])
	var in caddyLine
	if err := json.Unmarshal(line[start:], &in); err != nil {
		return Entry{}, shift(jsonError(err), start)
	}
	if in.TS == nil {
		in.TS = stamp
	}
	e, err := in.entry(d, line)
	return e, err
}

// consoleTime is the time of a console line as a value of JSON.
func consoleTime(head []byte) json.RawMessage {
	stamp, _, tabs := bytes.Cut(head, []byte("\t"))
	if !tabs { // a terminal made spaces of them
		words := bytes.SplitN(head, []byte(" "), 3)
		stamp = words[0]
		if len(words) > 2 && bytes.IndexByte(words[1], ':') > 0 {
			stamp = head[:len(words[0])+1+len(words[1])]
		}
	}
	if len(stamp) > 0 && json.Valid(stamp) && isNumber(stamp) {
		return stamp
	}
	text, err := json.Marshal(string(stamp))
	if err != nil {
		return nil
	}
	return text
}

// entry returns the content of the line.
func (in *caddyLine) entry(d *Dialect, line []byte) (Entry, error) {
	// Caddy's errors are logged with the request too, but without a size; the
	// access log has a line for them as well.
	if in.Request == nil || in.Size == nil {
		return Entry{}, &ParseError{Reason: "this is no entry of an access log: it has no request or no size"}
	}
	if in.TS == nil {
		return Entry{}, &ParseError{Reason: "there is no ts"}
	}
	logged, err := d.parseTS(in.TS)
	if err != nil {
		return Entry{}, badValue(line, in.TS, err.Error())
	}
	duration, err := d.parseDuration(in.Duration)
	if err != nil {
		return Entry{}, badValue(line, in.Duration, err.Error())
	}
	ip := cmp.Or(in.Request.ClientIP, in.Request.RemoteIP, in.Request.RemoteAddr)
	addr, err := parseAddr(ip)
	if err != nil {
		return Entry{}, badValue(line, []byte(ip), "no IP address")
	}
	status := in.Status.code
	path, query, _ := strings.Cut(in.Request.URI, "?")
	e := Entry{Request: record.Request{
		// Caddy logs a request when it is done.
		Time: logged.Add(-duration), Duration: duration,
		IP: addr, Method: in.Request.Method, Host: in.Request.Host, Path: path, Query: query,
		Status: status, Bytes: *in.Size, BytesIn: in.BytesRead, Proto: in.Request.Proto,
		UserAgent: firstOf(in.Request.Headers.UserAgent), Referer: firstOf(in.Request.Headers.Referer),
		// Without a status nothing was sent: the client had gone, or the request was
		// cut off by abort. A handler that writes nothing leaves none either, and Go
		// then answers 200, but that cannot be told apart.
		User: in.UserID, Aborted: in.WriteError != "" || status == 499 || in.Status.known && status == 0,
	}}
	e.AuthFailed = e.Status == 401 && len(in.Request.Headers.Authorization) > 0
	return e, nil
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
