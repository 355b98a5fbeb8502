package bounded

import (
	"maps"
	"testing"
)

func TestMakeRoom(t *testing.T) {
	age := func(v int64) int64 { return v }
	for name, c := range map[string]struct {
		in      map[uint64]int64
		limit   int
		without uint64 // 0 for none
	}{
		"below the limit": {map[uint64]int64{1: 5, 2: 3}, 3, 0},
		"the lowest age":  {map[uint64]int64{1: 5, 2: 3, 3: 4}, 3, 2},
		"the lowest key":  {map[uint64]int64{9: 3, 7: 3, 8: 3}, 3, 7},
	} {
		want := maps.Clone(c.in)
		delete(want, c.without)
		if MakeRoom(c.in, c.limit, age); !maps.Equal(c.in, want) {
			t.Errorf("%s: %v, want %v", name, c.in, want)
		}
	}
}
