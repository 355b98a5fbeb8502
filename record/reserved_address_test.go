package record

import (
	"slices"
	"testing"
)

func TestReservedRangesAreWithoutOverlap(t *testing.T) {
	for i, p := range reserved4 {
		if p != p.Masked() || slices.ContainsFunc(reserved4[:i], p.Overlaps) {
			t.Errorf("%s overlaps another range", p)
		}
	}
}
