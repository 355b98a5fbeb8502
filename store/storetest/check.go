package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/store/check"
)

// WantFaults fails unless all that is wanted is named, and nothing more if that
// is nothing.
func WantFaults(t *testing.T, found check.Log, want ...string) {
	t.Helper()
	var all []string
	for _, f := range found.Faults {
		all = append(all, f.What+": "+f.Reason)
	}
	for _, text := range want {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, text) }) {
			t.Errorf("%q is not among %q", text, all)
		}
	}
	if len(want) == 0 && len(all) > 0 {
		t.Errorf("faults %q", all)
	}
}
