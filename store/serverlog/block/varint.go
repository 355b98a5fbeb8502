package block

import "errors"

// errForm is returned for bytes that no encoder wrote.
var errForm = errors.New("it is not well formed")

// uvarint reads one number in LEB128 and returns what follows it; ok is false
// where there is none.
func uvarint(b []byte) (v uint64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], true
	}
	for i, c := range b {
		if i == 9 && c > 1 {
			return 0, nil, false
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, b[i+1:], true
		}
		if i == 9 {
			break
		}
	}
	return 0, nil, false
}

// zigzag makes small numbers of those near zero.
func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
