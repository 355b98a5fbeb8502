package counter

// valueSet is a set of hashed values: a chain of chunks, of which the first is
// the one that is being filled.
type valueSet struct {
	size  uint32
	first uint32 // slot of the first chunk, 0 for none
}

// chunk holds a part of a set.
type chunk struct {
	values [chunkSize]uint32
	next   uint32
}

const chunkSize = 7

// add puts a value into the set and reports whether it was not there. The set
// takes at most limit values. A value for which there is no room counts as new.
func (s *valueSet) add(chunks *pool[chunk], value, limit uint32) bool {
	left := s.size
	for i := s.first; i != 0; i = chunks.at(i).next {
		part := chunks.at(i)
		n := (left-1)%chunkSize + 1
		for _, v := range part.values[:n] {
			if v == value {
				return false
			}
		}
		left -= n
	}
	if s.size >= limit {
		return true
	}
	if s.size%chunkSize == 0 {
		i := chunks.take()
		if i == 0 {
			return true
		}
		chunks.at(i).next = s.first
		s.first = i
	}
	chunks.at(s.first).values[s.size%chunkSize] = value
	s.size++
	return true
}

// clear removes all values and gives the chunks back.
func (s *valueSet) clear(chunks *pool[chunk]) {
	for i := s.first; i != 0; {
		next := chunks.at(i).next
		chunks.put(i)
		i = next
	}
	*s = valueSet{}
}
