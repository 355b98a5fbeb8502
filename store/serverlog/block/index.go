package block

import (
	"encoding/binary"
	"slices"
)

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
	if context == nil {
		return appendPlainIndex(dst, index)
	}
	dst, at := withRoom(dst, len(index))
	next := uint32(0)
	for row, c := range context[:len(index)] {
		i := uint32(index[row])
		code := i + codeIndex
		switch {
		case last[c] == i+1:
			code = codeSame
		case i == next:
			code = codeNew
		}
		if i == next {
			next++
		}
		last[c] = i + 1 // 0 is none
		at = putCode(dst, at, code)
	}
	return dst[:at]
}

func appendPlainIndex(dst []byte, index []uint16) []byte {
	dst, at := withRoom(dst, len(index))
	next := uint32(0)
	for _, i := range index {
		code := uint32(i) + 1
		if uint32(i) == next {
			code, next = 0, next+1
		}
		at = putCode(dst, at, code)
	}
	return dst[:at]
}

// longestCode is the most bytes that a code of an index or a distance has.
const longestCode = 3

// withRoom returns dst with room for so many codes, and where the first one goes.
// Appending each would take twice as long.
func withRoom(dst []byte, codes int) (room []byte, at int) {
	at = len(dst)
	return slices.Grow(dst, codes*longestCode)[:at+codes*longestCode], at
}

// putCode writes a number as binary.PutUvarint does, and returns the place after it.
func putCode(dst []byte, at int, code uint32) int {
	for code >= 0x80 {
		dst[at] = byte(code) | 0x80
		code >>= 7
		at++
	}
	dst[at] = byte(code)
	return at + 1
}

// readIndex decodes what appendIndex wrote into index; there are entries
// entries.
func readIndex(index, context []uint16, last []uint32, entries int, content []byte) error {
	if context == nil {
		return readPlainIndex(index, entries, content)
	}
	at, next := 0, uint64(0)
	for row := range index {
		var code, i uint64
		if at < len(content) && content[at] < 0x80 {
			code, at = uint64(content[at]), at+1
		} else {
			code, at = longCode(content, at)
		}
		seen := &last[context[row]]
		switch {
		case code == codeSame:
			i = uint64(*seen) - 1 // without one: too large
		case code == codeNew:
			i = next
		default:
			i = code - codeIndex
		}
		if i >= next {
			if i > next || next == uint64(entries) {
				return errForm
			}
			next++
		}
		index[row], *seen = uint16(i), uint32(i)+1
	}
	return checkEnd(at == len(content) && next == uint64(entries))
}

func readPlainIndex(index []uint16, entries int, content []byte) error {
	at, next := 0, uint64(0)
	for row := range index {
		var code uint64
		if at < len(content) && content[at] < 0x80 {
			code, at = uint64(content[at]), at+1
		} else {
			code, at = longCode(content, at)
		}
		i := code - 1
		if i >= next {
			if i != ^uint64(0) || next == uint64(entries) {
				return errForm
			}
			i = next
			next++
		}
		index[row] = uint16(i)
	}
	return checkEnd(at == len(content) && next == uint64(entries))
}

// checkEnd returns an error unless a column was read to its end.
func checkEnd(read bool) error {
	if !read {
		return errForm
	}
	return nil
}

// longCode reads the number at a place in content, which its caller has not found
// to be of one byte, and returns the place after it: beyond the end where there is
// no number. Who reads short ones himself is twice as quick.
func longCode(content []byte, at int) (code uint64, after int) {
	if at >= len(content) {
		return 0, len(content) + 1
	}
	code, n := binary.Uvarint(content[at:])
	if n <= 0 {
		return 0, len(content) + 1
	}
	return code, at + n
}

// appendDistances encodes addresses: how many requests ago the same one came
// last, 0 for a new one. Who came just now comes again soon, and so most
// distances are short.
func appendDistances(dst []byte, index []uint16, last []uint32) []byte {
	dst, at := withRoom(dst, len(index))
	for row, i := range index {
		distance := uint32(0)
		if last[i] > 0 {
			distance = uint32(row) + 1 - last[i]
		}
		at = putCode(dst, at, distance)
		last[i] = uint32(row) + 1
	}
	return dst[:at]
}

func readDistances(index []uint16, entries int, content []byte) error {
	at, next := 0, 0
	for row := range index {
		var distance uint64
		if at < len(content) && content[at] < 0x80 {
			distance, at = uint64(content[at]), at+1
		} else {
			distance, at = longCode(content, at)
		}
		switch {
		case distance > uint64(row):
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
	return checkEnd(at == len(content) && next == entries)
}

// predicted replaces numbers that are the same as when the context was last
// seen by 0, and any other v by its zigzag form plus 1.
func predicted(dst []uint64, values []int64, context []uint16, last []int64, seen []bool) []uint64 {
	start := len(dst)
	dst = slices.Grow(dst, len(values))[:start+len(values)]
	codes := dst[start:]
	if context == nil {
		for row, v := range values {
			codes[row] = zigzag(v) + 1
		}
		return dst
	}
	for row, c := range context[:len(values)] {
		v := values[row]
		code := zigzag(v) + 1
		if last[c] == v && seen[c] {
			code = 0
		}
		seen[c], last[c] = true, v
		codes[row] = code
	}
	return dst
}

// unpredicted is the way back.
func unpredicted(values []int64, codes []uint64, context []uint16, last []int64, seen []bool) error {
	if context == nil {
		for row, code := range codes {
			if code == 0 {
				return errForm
			}
			values[row] = unzigzag(code - 1)
		}
		return nil
	}
	for row, code := range codes {
		c := context[row]
		if code == 0 {
			if !seen[c] {
				return errForm
			}
			values[row] = last[c]
			continue
		}
		values[row] = unzigzag(code - 1)
		seen[c], last[c] = true, values[row]
	}
	return nil
}
