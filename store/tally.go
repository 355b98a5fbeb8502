package store

import (
	"cmp"
	"slices"

	"github.com/gatebook/gatebook/record"
)

// mostTallied bounds the different values that one tally counts: clients choose
// paths as they like.
const mostTallied = 1 << 18

// tally counts how often values occur.
type tally struct {
	index  map[string]uint32
	values []string
	counts []uint64
	// approximate says that values were let go.
	approximate bool
}

func newTally() *tally { return &tally{index: map[string]uint32{}} }

func (t *tally) add(value []byte, n uint64) {
	if i, known := t.index[string(value)]; known {
		t.counts[i] += n
		return
	}
	if len(t.values) == mostTallied {
		t.shrink()
	}
	v := string(value)
	t.index[v] = uint32(len(t.values))
	t.values, t.counts = append(t.values, v), append(t.counts, n)
}

// shrink lets go of the rarer half. What is frequent over all stays: it would have
// to be rare in each of many long stretches to be lost.
func (t *tally) shrink() {
	t.approximate = true
	order := t.order()
	values, counts := make([]string, 0, mostTallied), make([]uint64, 0, mostTallied)
	clear(t.index)
	for _, i := range order[:len(order)/2] {
		t.index[t.values[i]] = uint32(len(values))
		values, counts = append(values, t.values[i]), append(counts, t.counts[i])
	}
	t.values, t.counts = values, counts
}

// order lists the values, the most frequent first.
func (t *tally) order() []int {
	order := make([]int, len(t.values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(t.counts[b], t.counts[a]), cmp.Compare(t.values[a], t.values[b]))
	})
	return order
}

// top returns the n most frequent values, as text puts them.
func (t *tally) top(n int, text func(string) string) []record.Count {
	least := t.nth(n)
	var list []record.Count
	for i, count := range t.counts {
		if count >= least {
			list = append(list, record.Count{Value: text(t.values[i]), Requests: count})
		}
	}
	slices.SortFunc(list, func(a, b record.Count) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Value, b.Value))
	})
	return list[:min(len(list), n)]
}

// nth is the n-th greatest count, or the least there is.
func (t *tally) nth(n int) uint64 {
	var best []uint64 // the greatest in front
	for _, count := range t.counts {
		if len(best) == n && count <= best[n-1] {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, count, func(have, want uint64) int { return cmp.Compare(want, have) })
		best = slices.Insert(best, at, count)
		best = best[:min(len(best), n)]
	}
	if len(best) == 0 {
		return 0
	}
	return best[len(best)-1]
}
