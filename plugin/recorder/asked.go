package recorder

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// methods are those that need no text of their own (RFC 9110, 5789, 4918 and
// 3253).
var methods = [...]string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions, http.MethodConnect, http.MethodTrace,
	"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT",
}

// keep stores the values of the request in as few bytes as possible.
func (rec *Recorder) keep(r *http.Request) {
	rec.line, rec.host = target(r), r.Host
	rec.method = uint8(slices.Index(methods[:], r.Method) + 1)
	if rec.method == 0 {
		rec.line = r.Method + " " + rec.line
	}
	// Not r.Proto: quic-go puts the :protocol of an extended CONNECT there.
	rec.major, rec.minor = uint8(r.ProtoMajor), uint8(r.ProtoMinor)
	rec.userAgent = first(r.Header["User-Agent"])
	rec.referer = first(r.Header["Referer"])
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// Method is the request's method, whatever handlers made of it.
func (rec *Recorder) Method() string {
	if rec.method > 0 {
		return methods[rec.method-1]
	}
	method, _, _ := strings.Cut(rec.line, " ")
	return method
}

func (rec *Recorder) head() bool { return rec.Method() == http.MethodHead }

// Host is the host that was asked, whatever handlers made of it.
func (rec *Recorder) Host() string { return rec.host }

// Path is the path as it was sent, whatever handlers made of it.
func (rec *Recorder) Path() string {
	path, _, _ := strings.Cut(rec.target(), "?")
	return record.Cut(path, record.MaxText)
}

// UserAgent is that of the request, whatever handlers made of it.
func (rec *Recorder) UserAgent() string { return rec.userAgent }

func (rec *Recorder) target() string {
	if rec.method > 0 {
		return rec.line
	}
	_, target, _ := strings.Cut(rec.line, " ")
	return target
}

func (rec *Recorder) proto() string {
	switch [2]uint8{rec.major, rec.minor} {
	case [2]uint8{1, 1}:
		return "HTTP/1.1"
	case [2]uint8{2, 0}:
		return "HTTP/2.0"
	case [2]uint8{3, 0}:
		return "HTTP/3.0"
	case [2]uint8{1, 0}:
		return "HTTP/1.0"
	}
	return fmt.Sprintf("HTTP/%d.%d", rec.major, rec.minor)
}

func (rec *Recorder) describeAsked(out *record.Request) {
	_, query, _ := strings.Cut(rec.target(), "?")
	out.Method = record.Cut(rec.Method(), record.MaxText)
	out.Host = record.Cut(rec.host, record.MaxText)
	out.Path = rec.Path()
	out.Query = record.Cut(query, record.MaxText)
	out.Proto = rec.proto()
	out.UserAgent = record.Cut(rec.userAgent, record.MaxText)
	out.Referer = record.Cut(rec.referer, record.MaxText)
}

// target is what the application is asked for. A client may send it in absolute
// form, as to a proxy (RFC 9112, section 3.2.2): its host is then r.Host.
func target(r *http.Request) string {
	if r.Method == http.MethodConnect || strings.HasPrefix(r.RequestURI, "/") || strings.HasPrefix(r.RequestURI, "*") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}
