package counter

// pool hands out slots of a slice that grows up to a maximum. Slots are numbered
// from 1, so that 0 means none.
type pool[T any] struct {
	items []T
	free  []uint32
	max   int
}

func (p *pool[T]) at(i uint32) *T { return &p.items[i-1] }

// take returns a slot, or 0 when all are taken.
func (p *pool[T]) take() uint32 {
	if n := len(p.free); n > 0 {
		i := p.free[n-1]
		p.free = p.free[:n-1]
		return i
	}
	if len(p.items) == p.max {
		return 0
	}
	var zero T
	p.items = append(p.items, zero)
	return uint32(len(p.items))
}

// put gives a slot back.
func (p *pool[T]) put(i uint32) {
	var zero T
	*p.at(i) = zero
	p.free = append(p.free, i)
}
