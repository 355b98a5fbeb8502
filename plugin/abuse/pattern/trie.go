package pattern

// trie holds the patterns; after completion it is the whole automaton.
type trie struct {
	width int
	next  []uint32
	ends  [][2]uint64
}

func newTrie(width int, patterns []Pattern, class *[256]uint8) *trie {
	t := &trie{width: width}
	t.grow()
	for _, p := range patterns {
		state := 0
		for _, c := range []byte(p.Text) {
			edge := state*width + int(class[c])
			if t.next[edge] == 0 {
				t.next[edge] = uint32(len(t.ends))
				t.grow()
			}
			state = int(t.next[edge])
		}
		if p.In&InPath != 0 {
			t.ends[state][0] |= p.Bit
		}
		if p.In&InQuery != 0 {
			t.ends[state][1] |= p.Bit
		}
	}
	t.complete()
	return t
}

func (t *trie) grow() {
	t.next = append(t.next, make([]uint32, t.width)...)
	t.ends = append(t.ends, [2]uint64{})
}

// complete gives each state, breadth first, the edges of its longest suffix where
// it has none of its own.
func (t *trie) complete() {
	suffix := make([]uint32, len(t.ends))
	queue := make([]uint32, 1, len(t.ends))
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		for c := range t.width {
			edge, fallback := int(state)*t.width+c, int(suffix[state])*t.width+c
			child := t.next[edge]
			switch {
			case child == 0:
				if state != 0 {
					t.next[edge] = t.next[fallback]
				}
				continue
			case state != 0:
				suffix[child] = t.next[fallback]
			}
			for where := range 2 {
				t.ends[child][where] |= t.ends[suffix[child]][where]
			}
			queue = append(queue, child)
		}
	}
}
