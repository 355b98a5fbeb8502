package block

import "encoding/binary"

// The index of an entry is known for its first occurrence: entries stand in
// that order. So "new" is a code of its own, and what the context predicts is
// another, the most frequent one.
const (
	codeSame = iota // with a context only
	codeNew
	codeIndex // the index follows, added to this
)

// appendIndex encodes the indexes of one column; context are those of the
// column that predicts it, out of contexts, or nil.
func appendIndex(dst []byte, index, context []uint16, last []uint32) []byte {
	next := uint32(0)
	if context == nil {
		for _, i := range index {
			if uint32(i) == next {
				dst, next = append(dst, 0), next+1
			} else {
				dst = binary.AppendUvarint(dst, uint64(i)+1)
			}
		}
		return dst
	}
	for row := range index {
		i, c := uint32(index[row]), context[row]
		switch {
		case last[c] == i+1:
			dst = append(dst, codeSame)
		case i == next:
			dst = append(dst, codeNew)
		default:
			dst = binary.AppendUvarint(dst, uint64(i)+codeIndex)
		}
		if i == next {
			next++
		}
		last[c] = i + 1 // 0 is none
	}
	return dst
}

// readIndex decodes what appendIndex wrote into index; there are entries
// entries.
func readIndex(index, context []uint16, last []uint32, entries int, content []byte) error {
	next := uint64(0)
	for row := range index {
		code, rest, ok := uvarint(content)
		content = rest
		var i uint64
		switch {
		case !ok:
			return errForm
		case context == nil && code == 0, context != nil && code == codeNew:
			i = next
		case context == nil:
			i = code - 1
		case code == codeSame:
			if last[context[row]] == 0 {
				return errForm
			}
			i = uint64(last[context[row]] - 1)
		default:
			i = code - codeIndex
		}
		if i > next || i >= uint64(entries) {
			return errForm
		}
		if i == next {
			next++
		}
		index[row] = uint16(i)
		if context != nil {
			last[context[row]] = uint32(i) + 1
		}
	}
	if len(content) > 0 || next != uint64(entries) {
		return errForm
	}
	return nil
}

// appendDistances encodes addresses: how many requests ago the same one came
// last, 0 for a new one. Who came just now comes again soon, and so most
// distances are short.
func appendDistances(dst []byte, index []uint16, last []uint32) []byte {
	for row, i := range index {
		distance := uint64(0)
		if last[i] > 0 {
			distance = uint64(row) + 1 - uint64(last[i])
		}
		dst = binary.AppendUvarint(dst, distance)
		last[i] = uint32(row) + 1
	}
	return dst
}

func readDistances(index []uint16, entries int, content []byte) error {
	next := 0
	for row := range index {
		distance, rest, ok := uvarint(content)
		content = rest
		switch {
		case !ok || distance > uint64(row):
			return errForm
		case distance > 0:
			index[row] = index[uint64(row)-distance]
		case next == entries:
			return errForm
		default:
			index[row] = uint16(next)
			next++
		}
	}
	if len(content) > 0 || next != entries {
		return errForm
	}
	return nil
}

// predicted replaces numbers that are the same as when the context was last
// seen by 0, and any other v by its zigzag form plus 1.
func predicted(dst []uint64, values []int64, context []uint16, last []int64, seen []bool) []uint64 {
	for row, v := range values {
		code := zigzag(v) + 1
		if context != nil {
			c := context[row]
			if seen[c] && last[c] == v {
				code = 0
			}
			seen[c], last[c] = true, v
		}
		dst = append(dst, code)
	}
	return dst
}

// unpredicted is the way back.
func unpredicted(values []int64, codes []uint64, context []uint16, last []int64, seen []bool) error {
	for row, code := range codes {
		v := unzigzag(code - 1)
		if context != nil {
			c := context[row]
			if code == 0 {
				v = last[c]
			}
			if code == 0 && !seen[c] {
				return errForm
			}
			seen[c], last[c] = true, v
		} else if code == 0 {
			return errForm
		}
		values[row] = v
	}
	return nil
}
