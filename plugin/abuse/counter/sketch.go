package counter

// sketch is a Count-Min sketch: an upper bound of how often a key came lately,
// in a fixed size. It only decides which sources get a record when the table is
// full; no source is flagged because of it.
type sketch struct {
	rows  [sketchRows][sketchWidth]uint8
	added int
}

const (
	sketchRows  = 3
	sketchWidth = 1 << 14
	// admitted is how often a source must be looked up before it gets a record.
	// A request looks up twice, before and after it is served, so that sources
	// of one or two requests get none.
	admitted = 5
	// All counters are halved after so many additions. With a lower number fewer
	// keys share a counter; with a higher one slower sources are noticed.
	sketchWindow = sketchWidth / 2
)

// add counts a key and returns an estimate of how often it came.
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
	// Only the lowest counters are increased: other keys share the rest.
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
