package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// finding is what one set of rules found of one subject by one rule.
type finding struct {
	Subject string `json:"subject"`
	Rule    string `json:"rule"`
}

// tally is how often, and how much.
type outcome struct {
	Overflows int    `json:"overflows"`
	Requests  int    `json:"requests"`
	Action    string `json:"action"`

	first, last time.Time
}

// outcomes sums overflows up.
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

// inOrder are findings by subject and rule.
func inOrder[V any](m map[finding]V) []finding {
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

// table prints what was found, whom it would hit and how.
func (r *replayer) table(out io.Writer, requests int) error {
	sums := outcomes(r.trials[0].found)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Subject\tRule\tAction\tOverflows\tRequests\tFirst\tLast")
	subjects := map[string]bool{}
	for _, f := range inOrder(sums) {
		s := sums[f]
		subjects[f.Subject] = true
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", f.Subject, f.Rule, s.Action, s.Overflows, s.Requests, clockTime(s.first), clockTime(s.last))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing what was found: %w", err)
	}
	fmt.Fprintf(out, "\n%s, %s flagged\n", count(requests, "request"), subjectCount(len(subjects)))
	return nil
}

func subjectCount(n int) string {
	if n == 1 {
		return "1 subject"
	}
	return humanize.Comma(int64(n)) + " subjects"
}

func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// difference is a finding on which two sets of rules do not agree.
type difference struct {
	finding
	// Instance is whose rules are compared with the default ones.
	Instance string   `json:"instance"`
	Default  *outcome `json:"default"`
	Rules    *outcome `json:"rules"`
}

// compare prints how each further set of rules differs from the first.
func (r *replayer) compare(out io.Writer) error {
	before := outcomes(r.trials[0].found)
	for _, t := range r.trials[1:] {
		list := differences(before, outcomes(t.found), t.name)
		if r.summary {
			if err := differenceTable(out, list, t.name); err != nil {
				return err
			}
			continue
		}
		for _, d := range list {
			text, err := json.Marshal(d)
			if err == nil {
				_, err = out.Write(append(text, '\n'))
			}
			if err != nil {
				return fmt.Errorf("writing what was found: %w", err)
			}
		}
	}
	return nil
}

func differences(before, after map[finding]outcome, instance string) []difference {
	all := map[finding]bool{}
	for f := range before {
		all[f] = true
	}
	for f := range after {
		all[f] = true
	}
	var list []difference
	for _, f := range inOrder(all) {
		d := difference{finding: f, Instance: instance}
		if o, ok := before[f]; ok {
			d.Default = &o
		}
		if o, ok := after[f]; ok {
			d.Rules = &o
		}
		if d.Default == nil || d.Rules == nil || *d.Default != *d.Rules {
			list = append(list, d)
		}
	}
	return list
}

func differenceTable(out io.Writer, list []difference, instance string) error {
	fmt.Fprintf(out, "instance %s against the default rules: %s\n", instance, count(len(list), "difference"))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(list) > 0 {
		fmt.Fprintln(w, "Subject\tRule\tDefault\tThese rules")
	}
	for _, d := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.Subject, d.Rule, d.Default, d.Rules)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing what was found: %w", err)
	}
	return nil
}

func (o *outcome) String() string {
	if o == nil {
		return "-"
	}
	return fmt.Sprintf("%s, %s", o.Action, count(o.Overflows, "time"))
}
