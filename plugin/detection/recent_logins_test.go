package detection

import (
	"net/netip"
	"slices"
	"testing"
)

func TestRecentLogins(t *testing.T) {
	var l recentLogins
	near, far := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.7")
	l.add(near, 1)
	l.add(far, 2)
	l.add(near, 3)
	prefix := netip.MustParsePrefix("192.0.2.0/24")
	if got := l.within(prefix); !slices.Equal(got, []uint64{1, 3}) {
		t.Errorf("got %v", got)
	}
	for n := range len(l.list) - 1 {
		l.add(far, uint64(n+4))
	}
	if got := l.within(prefix); !slices.Equal(got, []uint64{3}) {
		t.Errorf("after as many others as there is room for: %v", got)
	}
}
