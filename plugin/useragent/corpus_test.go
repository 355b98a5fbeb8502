package useragent

import (
	"slices"
	"time"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
)

// readLog returns the distinct agents of a generated access log.
func readLog() (agents []string) {
	log := corpus.New(1, 20_000)
	for r := (record.Request{}); log.Next(&r); {
		agents = append(agents, r.UserAgent)
	}
	slices.Sort(agents)
	return slices.Compact(agents)
}

// unhurried returns a Parser for which no time passes, so that its budget
// lasts on the slowest machine.
func unhurried() *Parser {
	p := New()
	p.now = func() time.Time { return time.Unix(1, 0) }
	return p
}
