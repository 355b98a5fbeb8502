package block

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// dictionary gathers the different texts of a column, in the order in which
// they first occur.
type dictionary struct {
	entries []string
	counts  []uint32
	known   map[string]uint16
	// size is the bytes of all entries.
	size int
	// last is the entry found last: most columns repeat themselves.
	last uint16
}

func (d *dictionary) reset() {
	d.entries, d.counts, d.size, d.last = d.entries[:0], d.counts[:0], 0, 0
	if d.known == nil {
		d.known = make(map[string]uint16)
	}
	clear(d.known)
}

// index finds or adds text, of which it keeps a copy only, and counts it n
// times.
func (d *dictionary) index(text string, n uint32) uint16 {
	if len(d.entries) > 0 && d.entries[d.last] == text {
		d.counts[d.last] += n
		return d.last
	}
	i, known := d.known[text]
	if !known {
		i = uint16(len(d.entries))
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

// terminated reports whether no entry holds the byte that then ends each: it
// compresses better than a length for each does.
func (d *dictionary) terminated() bool {
	for _, e := range d.entries {
		if strings.IndexByte(e, terminator) >= 0 {
			return false
		}
	}
	return true
}

// terminator ends an entry in a dictionary without lengths.
const terminator = 0

// appendLengths appends the length of each entry, or a single one where all
// are of the same length, as addresses are.
func (d *dictionary) appendLengths(dst []byte) []byte {
	if !slices.ContainsFunc(d.entries, func(e string) bool { return len(e) != len(d.entries[0]) }) {
		return binary.AppendUvarint(dst, uint64(len(d.entries[0])))
	}
	for _, e := range d.entries {
		dst = binary.AppendUvarint(dst, uint64(len(e)))
	}
	return dst
}

// appendCounts appends how often each entry occurs.
func (d *dictionary) appendCounts(dst []byte) []byte {
	for _, n := range d.counts {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

func (d *dictionary) appendTexts(dst []byte, terminated bool) []byte {
	for _, e := range d.entries {
		dst = append(dst, e...)
		if terminated {
			dst = append(dst, terminator)
		}
	}
	return dst
}

// Dictionary is one that has been read. Its texts are parts of one buffer,
// which the next block that is read overwrites.
type Dictionary struct {
	text []byte
	// width is the length of every entry, or 0: then ends are where they end in
	// text, and gap bytes later the next begins.
	width, gap int
	ends       []uint32
	counts     []uint32
	counted    bool

	buf []byte
}

// Len is how many entries there are.
func (d *Dictionary) Len() int {
	if d.width > 0 {
		return len(d.text) / d.width
	}
	return len(d.ends)
}

// Text is entry i.
func (d *Dictionary) Text(i int) []byte {
	start := d.start(i)
	if d.width > 0 {
		return d.text[start : start+d.width]
	}
	return d.text[start:d.ends[i]]
}

// start is where entry i begins.
func (d *Dictionary) start(i int) int {
	switch {
	case d.width > 0:
		return i * d.width
	case i == 0:
		return 0
	}
	return int(d.ends[i-1]) + d.gap
}

// setEmpty makes it that of a column that was left out.
func (d *Dictionary) setEmpty(rows int) {
	d.text, d.width, d.gap, d.ends = nil, 0, 0, append(d.ends[:0], 0)
	d.counts, d.counted = append(d.counts[:0], uint32(rows)), true
}

// parse takes the texts of a dictionary apart; lengths is nil where the entries
// are terminated.
func (d *Dictionary) parse(lengths, text []byte) error {
	d.text, d.width, d.gap, d.ends, d.counted = text, 0, 0, d.ends[:0], false
	if lengths == nil {
		return d.parseTerminated()
	}
	width, rest, ok := uvarint(lengths)
	if ok && len(rest) == 0 {
		if width == 0 || uint64(len(text))%width != 0 {
			return errForm
		}
		d.width = int(width)
		return nil
	}
	end := uint64(0)
	for len(lengths) > 0 {
		n, rest, ok := uvarint(lengths)
		if end += n; !ok || n > maxText || end > uint64(len(text)) {
			return errForm
		}
		d.ends, lengths = append(d.ends, uint32(end)), rest
	}
	if end != uint64(len(text)) {
		return errForm
	}
	return nil
}

func (d *Dictionary) parseTerminated() error {
	d.gap = 1
	for at := 0; at < len(d.text); {
		n := bytes.IndexByte(d.text[at:], terminator)
		if n < 0 {
			return errForm
		}
		d.ends = append(d.ends, uint32(at+n))
		at += n + 1
	}
	return nil
}

// parseCounts reads a number for each entry; together they are all requests.
func (d *Dictionary) parseCounts(counts []byte, rows int) error {
	d.counts = grown(d.counts, d.Len())
	sum := uint64(0)
	for i := range d.counts {
		n, rest, ok := uvarint(counts)
		if !ok || n == 0 || n > uint64(rows) {
			return errForm
		}
		d.counts[i], counts = uint32(n), rest
		sum += n
	}
	if len(counts) > 0 || sum != uint64(rows) {
		return errForm
	}
	d.counted = true
	return nil
}
