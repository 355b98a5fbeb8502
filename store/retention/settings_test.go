package retention

import "testing"

// A run between two counts leaves less to count; it is not told as 18 trillion
// entries that will be deleted.
func TestMoreIsNeverLessThanNothing(t *testing.T) {
	for _, test := range []struct{ after, before, want uint64 }{{5, 3, 2}, {3, 3, 0}, {3, 5, 0}, {0, 5, 0}} {
		if got := more(test.after, test.before); got != test.want {
			t.Errorf("more(%d, %d) = %d", test.after, test.before, got)
		}
	}
}
