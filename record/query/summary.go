package query

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// MaxSteps is how many steps of time a summary has at the most.
const MaxSteps = 10_000

// Summary asks for numbers about the requests that the embedded query
// asks for. Its Limit and Cursor play no part.
type Summary struct {
	Requests
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
func (q *Summary) Wants(part string) bool {
	return len(q.Only) == 0 || slices.Contains(q.Only, part)
}

var summaryParams = append(slices.DeleteFunc(slices.Clone(requestParams), func(p string) bool {
	return p == "limit" || p == "cursor"
}), "step", "only")

// ParseSummary reads the parameters of GET requests/summary, like
// [ParseRequests].
func ParseSummary(values url.Values, now time.Time, loc *time.Location) (Summary, error) {
	p := newParams(values, summaryParams, now, loc)
	if p.err != nil {
		return Summary{}, p.err
	}
	rest := make(url.Values, len(values))
	for name, v := range values {
		if name != "step" && name != "only" {
			rest[name] = v
		}
	}
	q := Summary{Step: p.step(), Only: p.parts()}
	if p.err != nil {
		return q, p.err
	}
	var err error
	q.Requests, err = ParseRequests(rest, now, loc)
	if err == nil && q.Step > 0 && !q.From.IsZero() {
		to := q.To
		if to.IsZero() {
			to = now
		}
		if to.Sub(q.From)/q.Step > MaxSteps {
			p.fail("step", values.Get("step"), record.TooManySteps)
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
		p.fail("step", v, record.NotStep)
	}
	return d
}

func (p *params) parts() (list []string) {
	for part := range strings.SplitSeq(p.values.Get("only"), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if !slices.Contains(SummaryParts, part) {
			p.fail("only", part, record.NotSomeOf, strings.Join(SummaryParts, ", "))
		}
		list = append(list, part)
	}
	return list
}
