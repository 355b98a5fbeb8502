package record

import (
	"strconv"
	"strings"
	"time"
)

// MaxFailureGroups is how many groups an answer has at the most: those that
// failed last. Routes are chosen by clients, who could make any number of them.
const MaxFailureGroups = 1000

// FailureGroup is what failed requests have in common, and one of them.
type FailureGroup struct {
	// Source is SourceGate or SourceApp.
	Source string `json:"source"`
	// Type is the failure's own, or "HTTP 500" where nothing but the status
	// is known.
	Type        string `json:"type"`
	Where       string `json:"where,omitempty"`
	Integration string `json:"integration,omitempty"`
	// Route is the method and the path without what names a single thing:
	// "GET /desks/*".
	Route string `json:"route"`

	Count uint64    `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Example is the latest of them.
	Example Request `json:"example"`
}

// Failed reports whether operators want to know of r: the application told an
// error, or the status says that the server failed. What the gate's handlers
// refuse by design (a wrong password, a missing file) is no failure.
func (r *Request) Failed() bool {
	return r.Status >= 500 || r.Error != nil && r.Error.Source == SourceApp
}

// FailureGroup is the group that r belongs to, with r alone in it.
func (r *Request) FailureGroup() FailureGroup {
	g := FailureGroup{
		Source: SourceApp, Type: "HTTP " + strconv.Itoa(r.Status), Route: r.Method + " " + Route(r.Path),
		Count: 1, First: r.Time, Last: r.Time, Example: *r,
	}
	if e := r.Error; e != nil {
		g.Source, g.Where, g.Integration = e.Source, e.Where, e.Integration
		if e.Type != "" {
			g.Type = e.Type
		}
	}
	return g
}

// In is g with its times in loc, so that JSON carries its offset.
func (g FailureGroup) In(loc *time.Location) FailureGroup {
	g.First, g.Last, g.Example = TimeIn(g.First, loc), TimeIn(g.Last, loc), g.Example.In(loc)
	return g
}

// Route is path with "*" for each segment that names a single thing: a
// number, eight and more hexadecimal digits (a UUID, a hash), or sixteen and
// more letters and digits of which at least four are digits (a ULID, a token).
func Route(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if namesOne(s) {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

func namesOne(segment string) bool {
	digits, hex, letters := 0, 0, 0
	for i := range len(segment) {
		switch c := segment[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			hex++
		case c >= 'g' && c <= 'z' || c >= 'G' && c <= 'Z':
			letters++
		case c != '-' && c != '_':
			return false
		}
	}
	switch {
	case digits == 0:
		return false
	case hex+letters == 0:
		return true
	case letters == 0:
		return digits+hex >= 8
	}
	return len(segment) >= 16 && digits >= 4
}
