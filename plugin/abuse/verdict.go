package abuse

import (
	"time"

	"github.com/gatebook/gatebook/record"
)

// Verdict is the answer of the gate to a request.
type Verdict struct {
	Verdict record.Verdict
	// RetryAfter is after how long the same request would pass, if no other comes.
	RetryAfter time.Duration
	// Rule is the rule that led to it, "" for a person's decision.
	Rule string
}

var pass = Verdict{Verdict: record.VerdictPass}
