package record

import (
	"slices"
	"time"
)

// TopCount is how many of each kind a summary names.
const TopCount = 20

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

// In is s with its times in loc, so that JSON carries its offset.
func (s Summary) In(loc *time.Location) Summary {
	s.From, s.To = TimeIn(s.From, loc), TimeIn(s.To, loc)
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Time = TimeIn(s.Steps[i].Time, loc)
	}
	return s
}
