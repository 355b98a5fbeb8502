// Package pattern finds patterns in paths, queries and user agents.
//
// Texts and patterns are compared in lower case, with escapes decoded; see
// [Normalizer].
package pattern

// Matcher finds many patterns in one pass over a text: an Aho–Corasick automaton
// as a full table. docs/decisions.md says why the project has its own.
type Matcher struct {
	// class numbers the bytes that occur in patterns; all others have class 0.
	class [256]uint8
	width uint32
	// next has a row for each state: by class, the offset of the next state's row.
	// The highest bit says that a pattern ends there.
	next []uint32
	// ends has the bits of the patterns that end in a state: those to be found in
	// the path, and those in the query.
	ends [][2]uint64
}

// Part is a part of a text, or several of them.
type Part uint8

// The parts.
const (
	InPath Part = 1 << iota
	InQuery
)

// Pattern is a text to be found; see [Anchored].
type Pattern struct {
	Text string
	// Bit is set in the result if the text is found.
	Bit uint64
	// In says where the text counts.
	In Part
}

const patternEnds = 1 << 31

// NewMatcher compiles patterns.
func NewMatcher(patterns []Pattern) *Matcher {
	m := &Matcher{width: 1}
	for _, p := range patterns {
		for _, c := range []byte(p.Text) {
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
			m.next[i] |= patternEnds
		}
	}
	return m
}

// Find returns the bits of the patterns in text, whose query begins at the given
// byte.
func (m *Matcher) Find(text []byte, query int) (found uint64) {
	at := uint32(0)
	for i, c := range text {
		at = m.next[at+uint32(m.class[c])]
		if at&patternEnds == 0 {
			continue
		}
		at &^= patternEnds
		where := 0
		if i > query {
			where = 1
		}
		found |= m.ends[at/m.width][where]
	}
	return found
}
