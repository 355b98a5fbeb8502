package block

import "bytes"

// Agree reports whether two blocks of a number hold the same, however that is
// compressed.
func Agree(x, y []byte, number uint64) (bool, error) {
	var of [2]Reader
	for i, value := range [][]byte{x, y} {
		if err := of[i].Open(value, number); err != nil {
			return false, err
		}
	}
	for _, part := range []func(*Reader) *section{
		func(r *Reader) *section { return &r.placed },
		func(r *Reader) *section { return &r.names },
		func(r *Reader) *section { return &r.texts },
	} {
		one, err := part(&of[0]).content()
		if err != nil {
			return false, err
		}
		other, err := part(&of[1]).content()
		if err != nil || !bytes.Equal(one.rest, other.rest) {
			return false, err
		}
	}
	return true, nil
}
