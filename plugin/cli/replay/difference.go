package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/gatebook/gatebook/plugin/cli/command"
)

// difference is a finding that two sets of rules do not share.
type difference struct {
	finding
	// Instance has the rules that are compared with the default ones.
	Instance string   `json:"instance"`
	Default  *outcome `json:"default"`
	Rules    *outcome `json:"rules"`
}

// printDifferences prints how each further set of rules differs from the first.
func printDifferences(out io.Writer, trials []*trial, asTable bool) error {
	before := outcomes(trials[0].found)
	for _, t := range trials[1:] {
		list := differences(before, outcomes(t.found), t.name)
		if asTable {
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
	for _, f := range sorted(all) {
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
	fmt.Fprintf(out, "instance %s against the default rules: %s\n", instance, command.Count(len(list), "difference", "differences"))
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
