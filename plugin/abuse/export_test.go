package abuse

import (
	"slices"
	"testing"
)

// Counting is how many requests count for a rule, repeated values aside, and
// the rule's capacity.
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
		if d.classifier.look(r, d.hash(kindText, 0, r.UserAgent)).rules>>rule&1 == 0 || rule == rateRule {
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
