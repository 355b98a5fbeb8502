package block

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// Version is the version of the form of blocks.
const Version = 1

// Numbers of sections in a head: three for each dictionary, and one more.
const (
	lengthsOf = iota // number of the column times three, plus one of these
	countsOf
	textsOf

	perDictionary

	bucketsSection = perDictionary * int(dictionaries)
	headSections   = bucketsSection + 1
)

// Numbers of sections in a body: one for each dictionary's indexes, eight
// planes for each column of numbers, eight for the times, and one more.
const (
	planesOf     = int(dictionaries)
	timePlanes   = planesOf + 8*numbers
	idsSection   = timePlanes + 8
	bodySections = idsSection + 1
)

// Bits of a head's flags.
const (
	flagSorted  = 1 << 0
	flagMillis  = 1 << 1 // times are whole milliseconds
	flagSeconds = 1 << 2 // times are whole seconds
	flagDense   = 1 << 3 // compressed as well as is worthwhile
	flagShort   = 1 << 4 // all addresses are shortened
	knownFlags  = flagSorted | flagMillis | flagSeconds | flagDense | flagShort
)

// encoding is what an encoder needs for the time it encodes.
type encoding struct {
	head, body []byte
	content    []byte
	codes      []uint64
	last32     []uint32
	last64     []int64
	seen       []bool
}

// Encode returns the head and the body of the block, compressed by enc, which
// dense notes as final. There must be a request at least. Both are good until the
// next Encode.
func (b *Builder) Encode(enc *zstd.Encoder, dense bool) (head, body []byte) {
	oldest, newest := slices.Min(b.micros), slices.Max(b.micros)
	unit, flags := timeUnit(b.micros)
	if slices.IsSorted(b.micros) {
		flags |= flagSorted
	}
	if dense {
		flags |= flagDense
	}
	if b.dict[address].short() {
		flags |= flagShort
	}
	e := &b.enc
	head, body = append(e.head[:0], Version), e.body[:0]
	head = binary.AppendUvarint(head, uint64(len(b.micros)))
	head = binary.AppendUvarint(head, b.ids[0])
	head = binary.AppendVarint(head, oldest)
	head = binary.AppendUvarint(head, uint64(newest)-uint64(oldest))
	head = append(head, flags)
	for c := range dictionaries {
		d := &b.dict[c]
		if d.empty() {
			continue
		}
		n := byte(perDictionary * c)
		terminated := d.terminated()
		if !terminated {
			e.content = d.appendLengths(e.content[:0])
			head = appendSection(head, n+lengthsOf, e.content, enc)
		}
		e.content = d.appendCounts(e.content[:0])
		head = appendSection(head, n+countsOf, e.content, enc)
		head = appendSection(head, n+textsOf, d.texts(e.content[:0], terminated), enc)
		body = b.encodeIndex(body, c, enc)
	}
	e.content = b.appendBuckets(e.content[:0])
	head = appendSection(head, byte(bucketsSection), e.content, enc)

	for n := range b.number {
		body = b.encodeNumbers(body, n, enc)
	}
	body = b.encodeTimes(body, oldest, unit, enc)
	if e.content = appendRuns(e.content[:0], b.ids); len(e.content) > 0 {
		body = appendSection(body, byte(idsSection), e.content, enc)
	}
	e.head, e.body = head, body
	return head, body
}

// timeUnit finds the coarsest unit that all times are whole numbers of, as
// logs from elsewhere have whole seconds.
func timeUnit(micros []int64) (unit int64, flags byte) {
	unit, flags = 1_000_000, flagSeconds
	for _, t := range micros {
		for t%unit != 0 {
			if unit = unit / 1000; unit == 1 {
				return 1, 0
			}
			flags = flagMillis
		}
	}
	return unit, flags
}

func (b *Builder) encodeIndex(body []byte, c column, enc *zstd.Encoder) []byte {
	e := &b.enc
	if b.dict[c].len() == 1 {
		return body // all requests have the one there is
	}
	if c == address {
		e.last32 = zeroed(e.last32, b.dict[c].len())
		e.content = appendDistances(e.content[:0], b.index[c], e.last32)
	} else {
		var context []uint16
		if of := contextOf[c]; of != noContext {
			context = b.index[of]
			e.last32 = zeroed(e.last32, b.dict[of].len())
		}
		e.content = appendIndex(e.content[:0], b.index[c], context, e.last32)
	}
	return appendSection(body, byte(c), e.content, enc)
}

func (b *Builder) encodeNumbers(body []byte, n int, enc *zstd.Encoder) []byte {
	values := b.number[n]
	if !slices.ContainsFunc(values, func(v int64) bool { return v != 0 }) {
		return body
	}
	e := &b.enc
	var context []uint16
	if of := contextOf[int(dictionaries)+n]; of != noContext {
		context = b.index[of]
		e.last64, e.seen = zeroed(e.last64, b.dict[of].len()), zeroed(e.seen, b.dict[of].len())
	}
	e.codes = predicted(slices.Grow(e.codes[:0], len(values)), values, context, e.last64, e.seen)
	return e.appendNumbers(body, planesOf+8*n, context == nil, enc)
}

func (b *Builder) encodeTimes(body []byte, oldest, unit int64, enc *zstd.Encoder) []byte {
	e := &b.enc
	e.codes = grown(e.codes, len(b.micros))
	before := oldest / unit
	for row, t := range b.micros {
		if unit > 1 { // dividing takes longer than all else
			t /= unit
		}
		e.codes[row] = zigzag(t - before)
		before = t
	}
	return e.appendNumbers(body, timePlanes, true, enc)
}

// appendNumbers appends codes in sections from the given one on.
func (e *encoding) appendNumbers(body []byte, from int, split bool, enc *zstd.Encoder) []byte {
	if !split || len(e.codes) < planesFrom {
		e.content = appendVarints(e.content[:0], e.codes)
		return appendSection(body, byte(from), e.content, enc)
	}
	for plane := range planes(e.codes) {
		e.content = appendPlane(e.content[:0], e.codes, plane)
		body = appendSection(body, byte(from+plane), e.content, enc)
	}
	return body
}

// appendRuns appends the numbers of the requests as runs: how many follow each
// other, and how many are left out then. A single run is not stored.
func appendRuns(dst []byte, ids []uint64) []byte {
	run := uint64(1)
	for i := 1; i < len(ids); i++ {
		if gap := ids[i] - ids[i-1] - 1; gap == 0 {
			run++
		} else {
			dst = binary.AppendUvarint(dst, run)
			dst = binary.AppendUvarint(dst, gap)
			run = 1
		}
	}
	if len(dst) > 0 {
		dst = binary.AppendUvarint(dst, run)
	}
	return dst
}

func readRuns(ids []uint64, first uint64, content []byte) error {
	next, row := first, 0
	for row < len(ids) {
		run := uint64(len(ids) - row)
		gap := uint64(0)
		if len(content) > 0 {
			var ok bool
			if run, content, ok = uvarint(content); !ok || run == 0 || run > uint64(len(ids)-row) {
				return errForm
			}
			if len(content) > 0 {
				if gap, content, ok = uvarint(content); !ok || gap == 0 {
					return errForm
				}
			}
		}
		for range run {
			ids[row] = next
			row++
			next++
		}
		if next > math.MaxUint64-gap {
			return errForm
		}
		next += gap
	}
	if len(content) > 0 {
		return errForm
	}
	return nil
}

// zeroed returns n zeros, in s if it is large enough.
func zeroed[T any](s []T, n int) []T {
	s = grown(s, n)
	clear(s)
	return s
}
