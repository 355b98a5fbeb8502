package abuse

// pool hands out places of a slice that grows up to a maximum. Places are
// counted from 1, so that 0 is none.
type pool[T any] struct {
	items []T
	free  []uint32
	max   int
}

func (p *pool[T]) at(i uint32) *T { return &p.items[i-1] }

// take returns 0 when all places are taken.
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

func (p *pool[T]) put(i uint32) {
	var zero T
	*p.at(i) = zero
	p.free = append(p.free, i)
}

func (s *shard) dropSet(c *count) {
	for i := c.set; i != 0; {
		next := s.chunks.at(i).next
		s.chunks.put(i)
		i = next
	}
	c.set, c.kept = 0, 0
}

// isNew puts a value into a count's set, and reports whether it was not there.
// A set ends at limit values: there the rule overflows anyway. Where there is
// no room for the value, it counts as new.
func (s *shard) isNew(c *count, value uint32, limit uint32) bool {
	left := c.kept
	for i := c.set; i != 0; i = s.chunks.at(i).next {
		part := s.chunks.at(i)
		// The first chunk is the one that is being filled.
		n := (left-1)%7 + 1
		for _, v := range part.values[:n] {
			if v == value {
				return false
			}
		}
		left -= n
	}
	if c.kept >= limit {
		return true
	}
	if c.kept%7 == 0 {
		i := s.chunks.take()
		if i == 0 {
			return true
		}
		s.chunks.at(i).next = c.set
		c.set = i
	}
	s.chunks.at(c.set).values[c.kept%7] = value
	c.kept++
	return true
}
