package serverlog

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/gatebook/gatebook/record"
)

// maxCounted bounds the different values of one counter: clients choose paths.
const maxCounted = 1 << 18

// counter counts how often values occur. It tells values apart by a hash of 64 bits
// with a random seed; a collision among some hundred thousand values is improbable
// enough to ignore.
type counter struct {
	seed maphash.Seed
	// slots are indexes plus 1 into the rest, at the place of their hash or
	// after it; 0 is free.
	slots  []uint32
	hashes []uint64
	values []string
	counts []uint64
	// approximate says that values were dropped.
	approximate bool
}

func newCounter() *counter { return &counter{seed: maphash.MakeSeed(), slots: make([]uint32, 1024)} }

func (t *counter) add(value []byte, n uint64) {
	hash := maphash.Bytes(t.seed, value)
	slot := t.find(hash)
	if i := t.slots[slot]; i > 0 {
		t.counts[i-1] += n
		return
	}
	if len(t.values) == maxCounted {
		t.shrink()
		slot = t.find(hash)
	}
	t.hashes, t.values, t.counts = append(t.hashes, hash), append(t.values, string(value)), append(t.counts, n)
	t.slots[slot] = uint32(len(t.values))
	if 2*len(t.values) > len(t.slots) {
		t.place(2 * len(t.slots))
	}
}

// find returns the slot that hash has, or the free one that it would have.
func (t *counter) find(hash uint64) int {
	mask := len(t.slots) - 1
	slot := int(hash) & mask
	for t.slots[slot] > 0 && t.hashes[t.slots[slot]-1] != hash {
		slot = (slot + 1) & mask
	}
	return slot
}

// place gives every value a slot out of n, a power of two.
func (t *counter) place(n int) {
	t.slots = make([]uint32, n)
	for i, hash := range t.hashes {
		t.slots[t.find(hash)] = uint32(i) + 1
	}
}

// shrink drops the rarer half. A value that is frequent overall stays: to be lost
// it would have to be rare in each of many long periods.
func (t *counter) shrink() {
	t.approximate = true
	kept := t.order()[:len(t.values)/2]
	hashes, values, counts := make([]uint64, len(kept)), make([]string, len(kept)), make([]uint64, len(kept))
	for to, from := range kept {
		hashes[to], values[to], counts[to] = t.hashes[from], t.values[from], t.counts[from]
	}
	t.hashes, t.values, t.counts = hashes, values, counts
	t.place(len(t.slots))
}

// order lists the values, the most frequent first.
func (t *counter) order() []int {
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
func (t *counter) top(n int, text func(string) string) []record.Count {
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
func (t *counter) nth(n int) uint64 {
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
