package appevent

import (
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// ParseFailure reads the lines of X-App-Error: one object a response. What
// comes after the first that can be read is rejected, as is an object with a
// key of the wrong type. Longer fields are cut and unknown keys ignored. It
// returns nil if there is no failure.
func ParseFailure(lines []string, limits Limits) (failure *record.Failure, rejected []Rejection) {
	limits.Events = 1
	failures, rejected := read(lines, limits, meanFailure)
	if len(failures) == 0 {
		return nil, rejected
	}
	return &failures[0], rejected
}

func meanFailure(o *object) (record.Failure, *fault) {
	failure := record.Failure{Source: record.SourceApp}
	var f fields
	for _, m := range o.members {
		switch m.key {
		case "type":
			failure.Type = f.cutText(m, "type", 128, &failure.Cut)
		case "message":
			failure.Message = f.cutText(m, "message", 500, &failure.Cut)
		case "where":
			failure.Where = f.cutText(m, "where", 200, &failure.Cut)
		case "trace":
			failure.Trace = f.string(m, "trace")
			if len(failure.Trace) > record.MaxText {
				failure.Trace, failure.Cut = cutBytes(failure.Trace, record.MaxText), true
			}
		case "integration":
			failure.Integration = f.cutText(m, "integration", 64, &failure.Cut)
		}
	}
	return failure, f.fault
}

// cutText reads a string and keeps its first max characters.
func (f *fields) cutText(m member, name string, max int, cut *bool) string {
	s := f.string(m, name)
	if len(s) <= max {
		return s
	}
	for i := range s {
		if max == 0 {
			*cut = true
			return s[:i]
		}
		max--
	}
	return s
}

// cutBytes keeps at most n bytes of s, and whole characters.
func cutBytes(s string, n int) string {
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
