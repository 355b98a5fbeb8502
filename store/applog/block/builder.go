package block

import (
	"encoding/binary"

	"github.com/klauspost/compress/s2"

	"github.com/gatebook/gatebook/record"
)

// maxText bounds the text of a block, maxSection what one of its parts takes
// when it is decompressed.
const (
	maxText    = 1 << 20
	maxSection = maxText + 1<<19
)

// Builder gathers the entries of one block.
type Builder struct {
	number uint64
	rows   []row
	// terms are those of the rows, and hidden the hashes of those of opaque rows,
	// which may be long.
	terms  map[term]struct{}
	hidden []uint32
}

// Reset begins the block of a number: its entries are those from number*[MaxRows]
// on. What [Builder.Rows] returned is not valid any more.
func (b *Builder) Reset(number uint64) {
	clear(b.rows) // and let go of its strings
	b.number, b.rows = number, b.rows[:0]
	b.terms, b.hidden = map[term]struct{}{}, b.hidden[:0]
}

// Number is the number of the block.
func (b *Builder) Number() uint64 { return b.number }

// Add adds an entry; they come in the order of their numbers. It keeps nothing of e.
func (b *Builder) Add(e *record.Event) {
	r := newRow(e)
	if r.large() {
		r.eachTerm(func(t term) { b.hidden = append(b.hidden, t.hash()) })
		r.hide()
	}
	r.own()
	if r.flags&opaque == 0 {
		r.eachTerm(func(t term) { b.terms[t] = struct{}{} })
	} else {
		b.terms[term{kind: termCategory, value: r.names[category]}] = struct{}{}
	}
	b.rows = append(b.rows, r)
}

// Encode returns the head and the block, which has no more than most bytes:
// where it would have more, entries become opaque. Some 100 KB are always enough.
func (b *Builder) Encode(most int) (head, block []byte) {
	for limit := maxText; ; limit = limit * 3 / 4 {
		block = []byte{Version}
		block = binary.AppendUvarint(block, uint64(len(b.rows)))
		for _, section := range b.sections(limit) {
			block = appendSection(block, section)
		}
		if block = appendSum(block, b.number); len(block) <= most || limit == 0 {
			return b.head(), block
		}
	}
}

// sections are the parts of a block: what every question needs, what filters
// need, and what words need beside it.
func (b *Builder) sections(limit int) [3][]byte {
	names, texts := newDictionary(), newDictionary()
	flags := make([]byte, len(b.rows))
	var columns [nameColumns][]uint16
	var textOf [textColumns][]uint16
	var counts, listed []uint16
	for i, r := range b.rows {
		if names.size+texts.size+r.added(names, texts) > limit {
			r.hide()
		}
		flags[i] = r.flags
		for c, s := range r.names {
			columns[c] = append(columns[c], names.number(s))
		}
		for c, s := range r.texts {
			textOf[c] = append(textOf[c], texts.number(s))
		}
		counts = append(counts, uint16(len(r.params)))
		for _, s := range r.params {
			listed = append(listed, texts.number(s))
		}
	}
	byName, byText := names.begin(), texts.begin()
	for _, c := range columns {
		byName = appendNumbers(byName, c)
	}
	for _, c := range textOf {
		byText = appendNumbers(byText, c)
	}
	byText = appendNumbers(appendNumbers(byText, counts), listed)
	return [...][]byte{b.places(flags), names.end(byName), texts.end(byText)}
}

// added is how much text the row would add.
func (r *row) added(names, texts *dictionary) (n int) {
	for i, list := range r.strings() {
		d := texts
		if i == 0 {
			d = names
		}
		for _, s := range list {
			if _, known := d.known[s]; !known {
				n += len(s)
			}
		}
	}
	return n
}

// places are the numbers, flags and times of the rows.
func (b *Builder) places(flags []byte) []byte {
	var dst []byte
	for _, r := range b.rows {
		dst = binary.LittleEndian.AppendUint16(dst, r.offset)
	}
	dst = append(dst, flags...)
	before := int64(0)
	for _, r := range b.rows {
		dst = binary.AppendVarint(dst, r.time-before)
		before = r.time
	}
	for _, r := range b.rows {
		dst = binary.AppendUvarint(dst, uint64(r.due-r.time))
	}
	return dst
}

func appendNumbers(dst []byte, numbers []uint16) []byte {
	for _, n := range numbers {
		dst = binary.LittleEndian.AppendUint16(dst, n)
	}
	return dst
}

// appendSection appends the length of a section, the length of what is stored of it,
// and that: compressed where it gets shorter by it.
func appendSection(dst, content []byte) []byte {
	packed := s2.EncodeBetter(nil, content)
	if len(packed) >= len(content) {
		packed = content
	}
	dst = binary.AppendUvarint(dst, uint64(len(content)))
	dst = binary.AppendUvarint(dst, uint64(len(packed)))
	return append(dst, packed...)
}
