package block

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"unsafe"
)

// errForm is returned for bytes that no encoder wrote.
var errForm = errors.New("it is not well formed")

// input is bytes of which one part is taken after the other. Where something is
// missing or wrong it is broken from then on, and what it returns means nothing.
type input struct {
	rest   []byte
	broken bool
}

func (in *input) bytes(n uint64) []byte {
	if in.broken || n > uint64(len(in.rest)) {
		in.broken = true
		return nil
	}
	b := in.rest[:n]
	in.rest = in.rest[n:]
	return b
}

func (in *input) byte() byte {
	if b := in.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// number reads one of two bytes.
func (in *input) number() uint16 {
	if b := in.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// numbers fills dst with numbers below the given one.
func (in *input) numbers(dst []uint16, below int) {
	b := in.bytes(2 * uint64(len(dst)))
	if in.broken {
		return
	}
	most := -1
	for i := range dst {
		dst[i] = binary.LittleEndian.Uint16(b[2*i:])
		most = max(most, int(dst[i]))
	}
	in.broken = most >= below
}

func (in *input) uvarint() uint64 {
	v, n := binary.Uvarint(in.rest)
	if n <= 0 {
		in.broken = true
		return 0
	}
	in.rest = in.rest[n:]
	return v
}

func (in *input) varint() int64 {
	v := in.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// uvarints fills dst. It takes them from a slice of its own: in may be on the heap,
// where each change of it costs the collector.
func (in *input) uvarints(dst []uint64) {
	rest := in.rest
	for i := range dst {
		if len(rest) > 0 && rest[0] < 0x80 {
			dst[i], rest = uint64(rest[0]), rest[1:]
			continue
		}
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			in.broken = true
			return
		}
		dst[i], rest = v, rest[n:]
	}
	in.rest = rest
}

// done reports whether the input had everything, and nothing else.
func (in *input) done() error {
	if in.broken || len(in.rest) > 0 {
		return errForm
	}
	return nil
}

// open checks the checksum and the version of a head or a block.
func open(value []byte, number uint64) (*input, error) {
	const sumSize = 4
	if len(value) < 1+sumSize {
		return nil, errForm
	}
	content := value[:len(value)-sumSize]
	if binary.LittleEndian.Uint32(value[len(content):]) != sum(content, number) {
		return nil, errors.New("its checksum is wrong")
	}
	if content[0] != Version {
		return nil, errors.New("it has another version")
	}
	return &input{rest: content[1:]}, nil
}

// view is b as a string, without copying it; it changes when b does.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// grown returns a slice of n elements, which is s if s is large enough. The
// elements are not zero.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// Version is the version of the form of blocks and heads.
const Version = 1

func sum(b []byte, number uint64) uint32 {
	of := crc32.Checksum(binary.BigEndian.AppendUint64(nil, number), castagnoli)
	return crc32.Update(of, castagnoli, b)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendSum appends the checksum, of the number too: a block is good in its own
// place only.
func appendSum(b []byte, number uint64) []byte {
	return binary.LittleEndian.AppendUint32(b, sum(b, number))
}
