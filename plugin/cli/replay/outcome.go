package replay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// finding is a subject for which a rule overflowed.
type finding struct {
	Subject string `json:"subject"`
	Rule    string `json:"rule"`
}

// outcome is how often a rule overflowed, and for how many requests.
type outcome struct {
	Overflows int    `json:"overflows"`
	Requests  int    `json:"requests"`
	Action    string `json:"action"`

	first, last time.Time
}

// outcomes adds overflows up.
func outcomes(list []abuse.Overflow) map[finding]outcome {
	sums := map[finding]outcome{}
	for i := range list {
		o := &list[i]
		f := finding{subjectOf(o), o.Rule}
		sum := sums[f]
		if sum.Overflows == 0 {
			sum.first = o.First
		}
		sum.Overflows++
		sum.Requests += o.Count
		sum.Action, sum.last = o.Action.String(), o.At
		sums[f] = sum
	}
	return sums
}

func subjectOf(o *abuse.Overflow) string {
	switch {
	case o.Subject.Kind == record.InstanceSubject:
		return "instance"
	case o.Subject.Kind == record.AccountSubject:
		return "account " + display.Visible(o.Subject.Value)
	case o.Prefix.IsSingleIP():
		return o.IP.String()
	}
	return o.Prefix.String()
}

// sorted returns findings by subject and rule.
func sorted[V any](m map[finding]V) []finding {
	list := make([]finding, 0, len(m))
	for f := range m {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b finding) int {
		if n := strings.Compare(a.Subject, b.Subject); n != 0 {
			return n
		}
		return strings.Compare(a.Rule, b.Rule)
	})
	return list
}

func (o *outcome) String() string {
	if o == nil {
		return "-"
	}
	return fmt.Sprintf("%s, %s", o.Action, command.Count(o.Overflows, "time", "times"))
}
