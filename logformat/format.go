package logformat

import (
	"fmt"

	"github.com/gatebook/gatebook/record"
)

// Format is a kind of log line that can be read.
type Format string

// The formats.
const (
	// Combined is what Apache and nginx write by default; the common log
	// format is read as well.
	Combined Format = "combined"
	// Caddy is Caddy's access log as JSON.
	Caddy Format = "caddy"
	// NDJSON is our own: a [record.Request] as JSON.
	NDJSON Format = "ndjson"
)

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case Combined, Caddy, NDJSON:
		return f, nil
	}
	return "", fmt.Errorf("%q must be combined, caddy or ndjson", brief(s))
}

// Entry is the content of a line.
type Entry struct {
	record.Request
	// AuthFailed says that credentials were sent, and refused. It is true of
	// a combined line that answers a named user with 401, of a Caddy line
	// that answers an Authorization header with 401, and of an NDJSON line
	// with "auth_failed":true.
	AuthFailed bool
}

// ParseError is the reason why a line does not have the format. Its text is safe to show.
type ParseError struct {
	// Column is the byte, counted from 1, at which the line went wrong; 0
	// when it is the line as a whole.
	Column int
	Reason string
}

func (e *ParseError) Error() string {
	if e.Column == 0 {
		return e.Reason
	}
	return fmt.Sprintf("column %d: %s", e.Column, e.Reason)
}

// brief keeps what an error quotes short.
func brief(s string) string { return record.Cut(s, 64) }

// errAt makes a ParseError for the byte at offset, counted from 0.
func errAt(offset int, format string, args ...any) error {
	return &ParseError{offset + 1, fmt.Sprintf(format, args...)}
}

// Parse reads one line, without or with its line break. The error is a
// [*ParseError]. Texts longer than [record.MaxText] are cut.
func Parse(format Format, line []byte) (record.Request, error) {
	e, err := ParseEntry(format, line)
	return e.Request, err
}

// ParseEntry is Parse for those who want to know of failed logins.
func ParseEntry(format Format, line []byte) (Entry, error) {
	return (&Dialect{Format: format}).ParseEntry(line)
}

func cutTexts(r *record.Request) {
	for _, s := range []*string{
		&r.Instance, &r.Method, &r.Host, &r.Path, &r.Query, &r.Proto, &r.UserAgent, &r.Browser, &r.OS,
		&r.Referer, &r.User, &r.Country, &r.ASOrg, &r.RequestID,
	} {
		*s = record.Cut(*s, record.MaxText)
	}
	if f := r.Error; f != nil {
		for _, s := range []*string{&f.Source, &f.Type, &f.Message, &f.Where, &f.Trace, &f.Integration} {
			*s = record.Cut(*s, record.MaxText)
		}
	}
}
