package abuse

// sketch is a Count-Min sketch: an upper bound of how often a key came lately,
// in a fixed size. It only decides who gets a record when there is no room for
// all; nobody is flagged because of it.
type sketch struct {
	rows  [sketchRows][sketchWidth]uint8
	added int
}

const (
	sketchRows  = 3
	sketchWidth = 1 << 14
	// admitted is how often a source has to be asked for. A request asks twice,
	// before and after it is served, so that those that come once or twice
	// cost nothing.
	admitted = 5
	// All is halved after so many additions. The fewer they are, the fewer keys
	// share a counter; the more, the slower may one come and still be noticed.
	sketchWindow = sketchWidth / 2
)

// add counts a key and estimates how often it came.
func (s *sketch) add(key uint64) uint8 {
	if s.added++; s.added >= sketchWindow {
		s.halve()
	}
	places := [sketchRows]uint64{key % sketchWidth, key >> 14 % sketchWidth, key >> 28 % sketchWidth}
	least := uint8(255)
	for row, place := range places {
		least = min(least, s.rows[row][place])
	}
	if least == 255 {
		return least
	}
	// Only the least are counted up: the others belong to somebody else too.
	for row, place := range places {
		if s.rows[row][place] == least {
			s.rows[row][place]++
		}
	}
	return least + 1
}

func (s *sketch) halve() {
	s.added = 0
	for row := range s.rows {
		for i := range s.rows[row] {
			s.rows[row][i] /= 2
		}
	}
}
