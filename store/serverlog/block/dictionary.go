package block

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"iter"
)

// dictionary gathers the different texts of a column, in the order in which
// they first occur. It holds no pointers and keeps its memory, so that it costs
// the garbage collector nothing.
type dictionary struct {
	// text are the entries, each with a terminator behind it; ends are where
	// they end.
	text   []byte
	ends   []uint32
	counts []uint32
	// hashes are those of the entries. slots are indexes plus 1 of entries, at
	// the place of their hash or after it; 0 is free.
	hashes []uint32
	slots  []uint32
	// last is the entry found last: most columns repeat themselves.
	last uint16
}

// hashSeed makes it impossible to choose texts whose hashes collide.
var hashSeed = maphash.MakeSeed()

// fewestSlots is a power of two.
const fewestSlots = 16

func (d *dictionary) reset() {
	// A table that was large for one block does not stay so for small ones.
	if n := len(d.slots); n > fewestSlots && 8*len(d.ends) < n {
		d.slots = d.slots[:n/2]
	}
	clear(d.slots)
	d.text, d.ends, d.counts, d.hashes, d.last = d.text[:0], d.ends[:0], d.counts[:0], d.hashes[:0], 0
}

// len is how many entries there are.
func (d *dictionary) len() int { return len(d.ends) }

// size is how many bytes all entries have.
func (d *dictionary) size() int { return len(d.text) - len(d.ends) }

// entry is entry i, which the next index may move.
func (d *dictionary) entry(i int) string {
	start := uint32(0)
	if i > 0 {
		start = d.ends[i-1] + 1
	}
	return text(d.text[start:d.ends[i]])
}

// all yields the entries in their order.
func (d *dictionary) all() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range d.ends {
			if !yield(i, d.entry(i)) {
				return
			}
		}
	}
}

// index finds or adds text, of which it keeps a copy only, and counts it n
// times.
func (d *dictionary) index(text string, n uint32) uint16 {
	if len(d.ends) > 0 && d.entry(int(d.last)) == text {
		d.counts[d.last] += n
		return d.last
	}
	if 2*len(d.ends) >= len(d.slots) {
		d.grow()
	}
	hash := uint32(maphash.String(hashSeed, text))
	slot := d.slot(hash, text)
	i := d.slots[slot]
	if i == 0 {
		d.text = append(append(d.text, text...), terminator)
		d.ends = append(d.ends, uint32(len(d.text)-1))
		d.counts, d.hashes = append(d.counts, 0), append(d.hashes, hash)
		i = uint32(len(d.ends))
		d.slots[slot] = i
	}
	d.counts[i-1] += n
	d.last = uint16(i - 1)
	return d.last
}

// slot returns the slot of text, or the free one that it would have.
func (d *dictionary) slot(hash uint32, text string) int {
	mask := len(d.slots) - 1
	slot := int(hash) & mask
	for {
		i := d.slots[slot]
		if i == 0 || d.hashes[i-1] == hash && d.entry(int(i-1)) == text {
			return slot
		}
		slot = (slot + 1) & mask
	}
}

// grow doubles the slots.
func (d *dictionary) grow() {
	d.slots = zeroed(d.slots, max(fewestSlots, 2*len(d.slots)))
	mask := len(d.slots) - 1
	for i, hash := range d.hashes {
		slot := int(hash) & mask
		for d.slots[slot] > 0 {
			slot = (slot + 1) & mask
		}
		d.slots[slot] = uint32(i) + 1
	}
}

// empty reports whether all there is is the empty text: such a column is left
// out.
func (d *dictionary) empty() bool { return len(d.ends) == 1 && d.ends[0] == 0 }

// terminated reports whether no entry holds the byte that then ends each: it
// compresses better than a length for each does.
func (d *dictionary) terminated() bool {
	return bytes.Count(d.text, []byte{terminator}) == len(d.ends)
}

// terminator ends an entry in a dictionary without lengths.
const terminator = 0

// appendLengths appends the length of each entry, or a single one where all
// are of the same length, as addresses are.
func (d *dictionary) appendLengths(dst []byte) []byte {
	same := true
	for _, e := range d.all() {
		same = same && len(e) == len(d.entry(0))
	}
	for _, e := range d.all() {
		dst = binary.AppendUvarint(dst, uint64(len(e)))
		if same {
			break
		}
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

// texts are the entries one behind the other: in buf, unless they are terminated
// and stand like that already.
func (d *dictionary) texts(buf []byte, terminated bool) []byte {
	if terminated {
		return d.text
	}
	for _, e := range d.all() {
		buf = append(buf, e...)
	}
	return buf
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
