package record

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// MaxSteps is how many steps of time a summary has at the most.
const MaxSteps = 10_000

// TopCount is how many of each kind a summary names.
const TopCount = 20

// SummaryQuery asks for numbers about the requests that the embedded query
// asks for. Its Limit and Cursor play no part.
type SummaryQuery struct {
	RequestQuery
	// Step is the length of a step of time, a whole number of seconds; 0 leaves
	// it to the log.
	Step time.Duration
	// Only names the parts that are wanted, of [SummaryParts]; none means all.
	// What is not wanted costs nothing.
	Only []string
}

// SummaryParts are the parts of a summary beside its sums.
var SummaryParts = []string{"steps", "addresses", "paths", "browsers", "countries", "networks"}

// Wants reports whether a part is wanted.
func (q *SummaryQuery) Wants(part string) bool {
	return len(q.Only) == 0 || slices.Contains(q.Only, part)
}

// Summary tells of many requests in numbers.
type Summary struct {
	// From is the start of the first step, To the end of the last; both are
	// zero where nothing was found.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// StepSeconds is the length of a step. Steps start at multiples of it
	// since 1970 in UTC.
	StepSeconds int64  `json:"step_seconds"`
	Requests    uint64 `json:"requests"`
	Bytes       int64  `json:"bytes"`
	// Steps are those that have requests, oldest first.
	Steps []SummaryStep `json:"steps"`
	// What follows are the most frequent, most frequent first. Approximate says
	// that there were too many different ones to count each of them.
	Approximate bool `json:"approximate,omitempty"`

	Addresses []Count `json:"addresses"`
	Paths     []Count `json:"paths"`
	Browsers  []Count `json:"browsers"`
	Countries []Count `json:"countries"`
	// Networks are named "AS3320 Deutsche Telekom AG".
	Networks []Count `json:"networks"`
}

// SummaryStep is one step of time of a [Summary].
type SummaryStep struct {
	Time     time.Time `json:"time"`
	Requests uint64    `json:"requests"`
	Bytes    int64     `json:"bytes"`
	// Classes counts by the first digit of the status: 1xx to 5xx, and all
	// others in 0.
	Classes Classes `json:"classes"`
}

// Classes counts requests by the class of their status; index 0 holds those
// of no class.
type Classes [6]uint64

// ClassOf is the index in [Classes] for a status.
func ClassOf(status int) int {
	if status < 100 || status > 599 {
		return 0
	}
	return status / 100
}

// Count is how many requests had a value.
type Count struct {
	Value    string `json:"value"`
	Requests uint64 `json:"requests"`
}

var summaryParams = append(slices.DeleteFunc(slices.Clone(requestParams), func(p string) bool {
	return p == "limit" || p == "cursor"
}), "step", "only")

// ParseSummaryQuery reads the parameters of GET requests/summary, like
// [ParseRequestQuery].
func ParseSummaryQuery(values url.Values, now time.Time, loc *time.Location) (SummaryQuery, error) {
	p := newParams(values, summaryParams, now, loc)
	if p.err != nil {
		return SummaryQuery{}, p.err
	}
	rest := make(url.Values, len(values))
	for name, v := range values {
		if name != "step" && name != "only" {
			rest[name] = v
		}
	}
	q := SummaryQuery{Step: p.step(), Only: p.parts()}
	if p.err != nil {
		return q, p.err
	}
	var err error
	q.RequestQuery, err = ParseRequestQuery(rest, now, loc)
	if err == nil && q.Step > 0 && !q.From.IsZero() {
		to := q.To
		if to.IsZero() {
			to = now
		}
		if to.Sub(q.From)/q.Step > MaxSteps {
			p.fail("step", values.Get("step"), "makes more than 10,000 steps; give a longer one or a shorter time")
			err = p.err
		}
	}
	return q, err
}

func (p *params) step() time.Duration {
	v := p.values.Get("step")
	if v == "" {
		return 0
	}
	d, err := parseAge(v)
	if err != nil || d < time.Second || d%time.Second != 0 || d > 366*24*time.Hour {
		p.fail("step", v, "must be a whole number of seconds up to 366 days, such as 5m, 1h or 1d")
	}
	return d
}

func (p *params) parts() (list []string) {
	for part := range strings.SplitSeq(p.values.Get("only"), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if !slices.Contains(SummaryParts, part) {
			p.fail("only", part, "must be some of "+strings.Join(SummaryParts, ", ")+", separated by commas")
		}
		list = append(list, part)
	}
	return list
}

// In is s with its times in loc, so that JSON carries its offset.
func (s Summary) In(loc *time.Location) Summary {
	s.From, s.To = timeIn(s.From, loc), timeIn(s.To, loc)
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Time = timeIn(s.Steps[i].Time, loc)
	}
	return s
}
