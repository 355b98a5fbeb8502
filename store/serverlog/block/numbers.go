package block

import (
	"encoding/binary"
	"slices"
)

// Numbers come in one of two forms. In short columns, and in those that another
// column predicts, where few different ones recur, they are varints. In long ones
// the first bytes of all numbers come together, then the second ones and
// so on: the upper bytes are mostly alike, and apart from the lower ones they
// compress to little.

// planesFrom is the number of rows from which numbers are split into planes.
const planesFrom = 1024

// planes counts the bytes that the largest of the numbers needs.
func planes(numbers []uint64) int {
	var all uint64
	for _, v := range numbers {
		all |= v
	}
	n := 1
	for ; all >= 256; all >>= 8 {
		n++
	}
	return n
}

func appendPlane(dst []byte, numbers []uint64, plane int) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(numbers))[:start+len(numbers)]
	shift := uint(8*plane) & 63
	for i, v := range numbers {
		dst[start+i] = byte(v >> shift)
	}
	return dst
}

func addPlane(numbers []uint64, content []byte, plane int) error {
	if len(content) != len(numbers) {
		return errForm
	}
	for i, b := range content {
		numbers[i] |= uint64(b) << (8 * plane)
	}
	return nil
}

func appendVarints(dst []byte, numbers []uint64) []byte {
	for _, v := range numbers {
		dst = binary.AppendUvarint(dst, v)
	}
	return dst
}

// readVarints fills numbers; there must be as many as content has.
func readVarints(numbers []uint64, content []byte) error {
	at := 0
	for i := range numbers {
		if at < len(content) && content[at] < 0x80 {
			numbers[i], at = uint64(content[at]), at+1
		} else {
			numbers[i], at = longCode(content, at)
		}
	}
	return checkEnd(at == len(content))
}

// grown returns a slice of n elements, which is s if s is large enough. The
// elements are not zero.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
