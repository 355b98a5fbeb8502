package abuse

import (
	"slices"
	"testing"
)

// Counting returns how many requests count for a rule, without repeated values, and
// the capacity of the rule.
func Counting(t *testing.T, list []*Request, name string) (n, capacity int) {
	t.Helper()
	d, err := New(Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	rule := slices.IndexFunc(d.rules.list, func(r Rule) bool { return r.Name == name })
	seen := map[uint32]bool{}
	for _, r := range list {
		o := observation{Request: r, d: d, subject: subject{agent: d.text(r.UserAgent), mature: true}}
		o.loc = d.locate(r.IP)
		o.class = d.classifier.userAgent(r.UserAgent, o.agent)
		o.judge()
		c := o.judged.of(rule)
		if c == nil || rule == rateRule {
			continue
		}
		if c.value != 0 && c.repeat == 0 {
			if seen[c.value] {
				continue
			}
			seen[c.value] = true
		}
		n++
	}
	return n, builtin[rule].Capacity
}
