package query

import (
	"net/url"
	"time"
)

// Failures asks for failures in groups; zero fields ask for nothing in
// particular.
type Failures struct {
	// From and To bound the time: From ≤ time < To.
	From, To time.Time
	// Integration is the one that failed, without regard to case.
	Integration string
}

var failureParams = []string{"from", "to", "integration"}

// ParseFailures reads the parameters of GET errors, like
// [ParseRequests].
func ParseFailures(values url.Values, now time.Time, loc *time.Location) (Failures, error) {
	p := newParams(values, failureParams, now, loc)
	q := Failures{Integration: p.text("integration")}
	q.From, q.To = p.times()
	return q, p.err
}
