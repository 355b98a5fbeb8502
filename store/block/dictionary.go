package block

import (
	"encoding/binary"
	"strings"
)

// dictionary gathers the different texts of a column, in the order in which
// they first occur.
type dictionary struct {
	entries []string
	counts  []uint32
	known   map[string]uint32
	// size is the bytes of all entries.
	size int
	// last is the entry found last: most columns repeat themselves.
	last uint32
}

func (d *dictionary) reset() {
	d.entries, d.counts, d.size, d.last = d.entries[:0], d.counts[:0], 0, 0
	if d.known == nil {
		d.known = make(map[string]uint32)
	}
	clear(d.known)
}

// index finds or adds text, of which it keeps a copy only, and counts it n
// times.
func (d *dictionary) index(text string, n uint32) uint32 {
	if len(d.entries) > 0 && d.entries[d.last] == text {
		d.counts[d.last] += n
		return d.last
	}
	i, known := d.known[text]
	if !known {
		i = uint32(len(d.entries))
		text = strings.Clone(text)
		d.entries = append(d.entries, text)
		d.counts = append(d.counts, 0)
		d.known[text] = i
		d.size += len(text)
	}
	d.counts[i] += n
	d.last = i
	return i
}

// empty reports whether all there is is the empty text: such a column is left
// out.
func (d *dictionary) empty() bool { return len(d.entries) == 1 && d.entries[0] == "" }

// appendLengths and appendCounts append one number for each entry.
func (d *dictionary) appendLengths(dst []byte) []byte {
	for _, e := range d.entries {
		dst = binary.AppendUvarint(dst, uint64(len(e)))
	}
	return dst
}

func (d *dictionary) appendCounts(dst []byte) []byte {
	for _, n := range d.counts {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

func (d *dictionary) appendTexts(dst []byte) []byte {
	for _, e := range d.entries {
		dst = append(dst, e...)
	}
	return dst
}

// Dictionary is one that has been read. Its texts are parts of one buffer,
// which the next block that is read overwrites.
type Dictionary struct {
	text   []byte
	ends   []uint32
	counts []uint32

	buf []byte
}

// Len is how many entries there are.
func (d *Dictionary) Len() int { return len(d.ends) }

// Text is entry i.
func (d *Dictionary) Text(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = d.ends[i-1]
	}
	return d.text[start:d.ends[i]]
}

// Count is how many requests have entry i.
func (d *Dictionary) Count(i int) uint32 { return d.counts[i] }

// setEmpty makes it that of a column that was left out.
func (d *Dictionary) setEmpty(rows int) {
	d.text, d.ends, d.counts = nil, append(d.ends[:0], 0), append(d.counts[:0], uint32(rows))
}

// parse takes the three sections of a dictionary apart.
func (d *Dictionary) parse(lengths, counts, text []byte, rows int) error {
	d.text, d.ends, d.counts = text, d.ends[:0], d.counts[:0]
	end, sum := uint64(0), uint64(0)
	for len(lengths) > 0 {
		var n, count uint64
		var ok, counted bool
		n, lengths, ok = uvarint(lengths)
		count, counts, counted = uvarint(counts)
		end += n
		sum += count
		if !ok || !counted || n > maxText || end > uint64(len(text)) || count == 0 || count > uint64(rows) {
			return errForm
		}
		d.ends, d.counts = append(d.ends, uint32(end)), append(d.counts, uint32(count))
	}
	if len(d.ends) == 0 || end != uint64(len(text)) || len(counts) > 0 || sum != uint64(rows) {
		return errForm
	}
	return nil
}
