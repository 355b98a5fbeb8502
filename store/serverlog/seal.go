package serverlog

import (
	"iter"

	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// Limits of a new block. The bytes are those of the different texts before
// compression. A block within these limits nearly always fits into two values;
// one that does not is split.
const (
	newBlockRows = 32768
	newBlockText = 448 << 10
)

// sealAll appends blocks of the requests, which get the next numbers.
func (f *flusher) sealAll(list []change, requests iter.Seq[*record.Request]) []change {
	f.builder.Reset()
	for r := range requests {
		if f.builder.Len() == newBlockRows || f.builder.TextSize() > newBlockText {
			list = f.sealNew(list)
		}
		f.builder.Add(f.next, r)
		f.next++
	}
	return f.sealNew(list)
}

// sealNew appends a block of what the builder holds, if anything, and resets it.
func (f *flusher) sealNew(list []change) []change {
	n := uint64(f.builder.Len())
	if n == 0 {
		return list
	}
	list = f.split(list, f.seal(&f.builder, f.next-n, f.next-1, f.quick))
	f.builder.Reset()
	return list
}

// split appends c, or where its values are too large, blocks of its halves. The
// requests cannot be made again, since they have been observed: they are read from
// the values.
func (f *flusher) split(list []change, c change) []change {
	if c.fits() || c.add.rows == 1 {
		return append(list, c)
	}
	first, last := c.add.first, c.add.last
	middle := first + uint64(c.add.rows/2)
	for _, half := range [][2]uint64{{first, middle - 1}, {middle, last}} {
		reader := f.log.newReader()
		err := reader.Open(c.head[:len(c.head)-checksumLen], func() ([]byte, error) { return c.body[:len(c.body)-checksumLen], nil })
		if err == nil {
			f.builder.Reset()
			err = f.builder.AddBlock(reader, func(row int) bool {
				number := first + uint64(row)
				return number >= half[0] && number <= half[1]
			}, nil)
		}
		if err != nil {
			panic("a block that was just made: " + err.Error())
		}
		list = f.split(list, f.seal(&f.builder, half[0], half[1], f.quick))
	}
	return list
}

// seal makes a block of what a builder holds, for the numbers first to last.
func (f *flusher) seal(b *block.Builder, first, last uint64, enc *zstd.Encoder) (c change) {
	head, body := b.Encode(enc, enc != f.quick)
	p := blockMeta{first: first, last: last}
	head, body = withChecksum(p.headKey(), head), withChecksum(p.bodyKey(), body)
	p, err := parseMeta(p.headKey(), head)
	if err != nil {
		panic("a block that was just made: " + err.Error())
	}
	p.body = len(body)
	return change{add: &p, head: head, body: body, next: last + 1}
}

// newEncoder makes one for small values. They have checksums of their own.
func newEncoder(level zstd.EncoderLevel) (*zstd.Encoder, error) {
	return zstd.NewWriter(nil,
		zstd.WithEncoderLevel(level),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(1<<20),
		zstd.WithEncoderCRC(false),
		// Planes of numbers have few matches, and still few different bytes.
		zstd.WithAllLitEntropyCompression(true))
}

func newBuilder() *block.Builder {
	b := new(block.Builder)
	b.Reset()
	return b
}
