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
		o := observation{Request: r, d: d}
		if d.classifier.classify(r, d.text(r.UserAgent)).rules>>rule&1 == 0 || rule == rateRule {
			continue
		}
		if f := builtin[rule].Distinct; f != Any {
			if v := o.value(f); seen[v] {
				continue
			} else {
				seen[v] = true
			}
		}
		n++
	}
	return n, builtin[rule].Capacity
}
