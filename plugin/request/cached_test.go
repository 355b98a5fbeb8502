package request

import (
	"net/http"
	"testing"
)

func TestCached(t *testing.T) {
	for _, c := range []struct {
		name, value string
		cached      bool
	}{
		{"Age", "0", false},
		{"Age", "00", false},
		{"Age", "7", true},
		{"Cache-Status", "one; fwd=miss", false},
		{"Cache-Status", `"hitch"; fwd=miss`, false},
		{"Cache-Status", "one; hit", true},
		{"Cache-Status", "origin; fwd=uri-miss, edge; hit; ttl=30", true},
		{"X-Other", "hit", false},
	} {
		h := http.Header{}
		h.Set(c.name, c.value)
		if got := isCached(h); got != c.cached {
			t.Errorf("%s: %s: cached is %v", c.name, c.value, got)
		}
	}
}
