package block

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// A value is a row of sections, each compressed for itself, so that a reader
// decompresses what it needs and no more.

// Forms of a section.
const (
	formRaw  = 0
	formZstd = 1
)

// worthTrying is the shortest section that compression can make shorter.
const worthTrying = 24

// appendSection appends a section: its number, form and lengths, and its
// content as it is or compressed, whichever is shorter.
func appendSection(dst []byte, number byte, content []byte, enc *zstd.Encoder) []byte {
	if len(content) >= worthTrying {
		const room = 2 + 2*binary.MaxVarintLen32
		start := len(dst)
		dst = append(dst, make([]byte, room)...)
		dst = enc.EncodeAll(content, dst)
		if packed := len(dst) - start - room; packed < len(content) {
			head := append(make([]byte, 0, room), number, formZstd)
			head = binary.AppendUvarint(head, uint64(len(content)))
			head = binary.AppendUvarint(head, uint64(packed))
			copy(dst[start:], head)
			copy(dst[start+len(head):], dst[start+room:])
			return dst[:start+len(head)+packed]
		}
		dst = dst[:start]
	}
	dst = append(dst, number, formRaw)
	dst = binary.AppendUvarint(dst, uint64(len(content)))
	return append(dst, content...)
}

// section is one that has been found and not looked into.
type section struct {
	there   bool
	form    byte
	length  int // of the content
	content []byte
}

// sections finds those in b; each number may occur once and must be below
// len(into).
func sections(b []byte, into []section) error {
	clear(into)
	for len(b) > 0 {
		if len(b) < 2 || int(b[0]) >= len(into) || into[b[0]].there {
			return errForm
		}
		s := &into[b[0]]
		s.there, s.form = true, b[1]
		length, rest, ok := uvarint(b[2:])
		stored := length
		if ok && s.form == formZstd {
			stored, rest, ok = uvarint(rest)
		}
		if !ok || s.form > formZstd || length > maxText || stored > uint64(len(rest)) {
			return errForm
		}
		s.length, s.content = int(length), rest[:stored]
		b = rest[stored:]
	}
	return nil
}

// read returns the content. Where it has to be decompressed that is done in
// *buf, which must not be shared with what is still in use.
func (s *section) read(buf *[]byte, dec *zstd.Decoder) ([]byte, error) {
	if s.form == formRaw {
		return s.content, nil
	}
	if cap(*buf) < s.length {
		*buf = make([]byte, 0, s.length+s.length/4)
	}
	out, err := dec.DecodeAll(s.content, (*buf)[:0])
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	*buf = out
	if len(out) != s.length {
		return nil, errForm
	}
	return out, nil
}
