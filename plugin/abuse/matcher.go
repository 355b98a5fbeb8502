package abuse

// matcher finds which rules have a pattern in a text, in one pass over it: an
// Aho–Corasick automaton as a full table. Why it is our own is in
// docs/decisions.md.
type matcher struct {
	// class puts bytes that no pattern tells apart together.
	class [256]uint8
	width uint32
	// next are the rows of the table: from a state, by class, the place of the
	// next state's row. Its highest bit says that something ends there.
	next []uint32
	// ends are the rules of the patterns that end in a state: those to be
	// found in the path, and those in the query.
	ends [][2]uint64
}

// pattern is a text, the rule it speaks for, and where that counts.
type pattern struct {
	text  string
	bit   uint64
	parts part
}

const somethingEnds = 1 << 31

func newMatcher(patterns []pattern) *matcher {
	m := &matcher{width: 1}
	for _, p := range patterns {
		for _, c := range []byte(p.text) {
			if m.class[c] == 0 {
				m.class[c] = uint8(m.width)
				m.width++
			}
		}
	}
	trie := newTrie(int(m.width), patterns, &m.class)
	m.ends = trie.ends
	m.next = make([]uint32, len(trie.next))
	for i, state := range trie.next {
		m.next[i] = state * m.width
		if m.ends[state] != [2]uint64{} {
			m.next[i] |= somethingEnds
		}
	}
	return m
}

// in is the rules with a pattern in text, whose query begins at the given byte.
func (m *matcher) in(text []byte, query int) (found uint64) {
	at := uint32(0)
	for i, c := range text {
		at = m.next[at+uint32(m.class[c])]
		if at&somethingEnds == 0 {
			continue
		}
		at &^= somethingEnds
		where := 0
		if i > query {
			where = 1
		}
		found |= m.ends[at/m.width][where]
	}
	return found
}

// trie has the patterns, and after completion the whole automaton.
type trie struct {
	width int
	next  []uint32
	ends  [][2]uint64
}

func newTrie(width int, patterns []pattern, class *[256]uint8) *trie {
	t := &trie{width: width}
	t.grow()
	for _, p := range patterns {
		state := 0
		for _, c := range []byte(p.text) {
			edge := state*width + int(class[c])
			if t.next[edge] == 0 {
				t.next[edge] = uint32(len(t.ends))
				t.grow()
			}
			state = int(t.next[edge])
		}
		if p.parts&inPath != 0 {
			t.ends[state][0] |= p.bit
		}
		if p.parts&inQuery != 0 {
			t.ends[state][1] |= p.bit
		}
	}
	t.complete()
	return t
}

func (t *trie) grow() {
	t.next = append(t.next, make([]uint32, t.width)...)
	t.ends = append(t.ends, [2]uint64{})
}

// complete gives each state, breadth first, the edges of its longest suffix
// where it has none of its own.
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
