package block

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"github.com/gatebook/gatebook/record"
)

// Builder gathers requests for one block. It keeps its memory from one block
// to the next. The zero value has to be Reset before its first use.
type Builder struct {
	dict   [dictionaries]dictionary
	index  [dictionaries][]uint16
	number [numbers][]int64
	// micros are the times, ids the numbers of the requests.
	micros []int64
	ids    []uint64

	// before has, for each column that follows from the address and each address,
	// the entry plus 1 that came with it before, or 0.
	before [dictionaries][]uint32

	scratch []byte
	remap   []int32
	enc     encoding
}

// Reset empties the builder.
func (b *Builder) Reset() {
	for c := range b.dict {
		b.dict[c].reset()
		b.index[c] = b.index[c][:0]
		b.before[c] = b.before[c][:0]
	}
	for n := range b.number {
		b.number[n] = b.number[n][:0]
	}
	b.micros, b.ids = b.micros[:0], b.ids[:0]
}

// Grow makes room for n more requests at once. Growing step by step would leave
// twice as much memory behind.
func (b *Builder) Grow(n int) {
	for c := range b.index {
		b.index[c] = slices.Grow(b.index[c], n)
	}
	for c := range b.number {
		b.number[c] = slices.Grow(b.number[c], n)
	}
	b.micros, b.ids = slices.Grow(b.micros, n), slices.Grow(b.ids, n)
}

// Len is how many requests there are.
func (b *Builder) Len() int { return len(b.micros) }

// TextSize is how many bytes the different texts have.
func (b *Builder) TextSize() int {
	sum := 0
	for c := range b.dict {
		sum += b.dict[c].size()
	}
	return sum
}

// Add adds a request under its number, which must be greater than those
// before. Neither r nor its texts are kept. There must be fewer than MaxRows.
func (b *Builder) Add(id uint64, r *record.Request) {
	b.ids = append(b.ids, id)
	b.micros = append(b.micros, r.Time.UnixMicro())
	b.addText(method, r.Method)
	b.addText(path, r.Path)
	b.addText(queryString, r.Query)
	b.addText(proto, r.Proto)
	b.addText(requestID, r.RequestID)
	b.addText(verdict, string(r.Verdict))
	b.addBytes(address, appendAddress(b.scratch[:0], r.IP))
	b.addFollowing(host, r.Host)
	b.addFollowing(referer, r.Referer)
	b.addFollowing(user, r.User)
	b.scratch = appendAgent(b.scratch[:0], r)
	b.addFollowing(agent, text(b.scratch))
	b.scratch = appendNetwork(b.scratch[:0], r)
	b.addFollowing(network, text(b.scratch))
	b.addBytes(failure, appendFailure(b.scratch[:0], r.Error))
	b.addBytes(status, binary.AppendVarint(b.scratch[:0], int64(r.Status)))
	b.addNumber(bytesOut, r.Bytes)
	b.addNumber(bytesIn, r.BytesIn)
	b.addNumber(duration, r.Duration.Microseconds())
	b.addNumber(aborted, int64(flag(r.Aborted)))
}

func (b *Builder) addText(c column, text string) {
	b.index[c] = append(b.index[c], b.dict[c].index(text, 1))
}

// addFollowing adds a text to a column that follows from the address, which has
// been added. Mostly it is what the address had before: a comparison finds it.
func (b *Builder) addFollowing(c column, text string) {
	of := b.index[address][len(b.index[address])-1]
	before := b.before[c]
	if n := b.dict[address].len(); len(before) < n {
		before = append(before, 0)
		b.before[c] = before
	}
	d := &b.dict[c]
	if i := before[of]; i > 0 && d.entry(int(i-1)) == text {
		d.counts[i-1]++
		b.index[c] = append(b.index[c], uint16(i-1))
		return
	}
	i := d.index(text, 1)
	before[of] = uint32(i) + 1
	b.index[c] = append(b.index[c], i)
}

// addBytes adds an entry that was put together in scratch.
func (b *Builder) addBytes(c column, entry []byte) {
	b.scratch = entry
	b.addText(c, unsafe.String(unsafe.SliceData(entry), len(entry)))
}

// addNumber adds a number. The least there is has no code of its own.
func (b *Builder) addNumber(c column, v int64) {
	n := c - dictionaries
	b.number[n] = append(b.number[n], max(v, math.MinInt64+1))
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// AddBlock adds the requests of a block that keep selects, or all if it is nil.
// Their numbers must be greater than those before. Where change is not nil it
// may alter the copy of each address that it is given.
func (b *Builder) AddBlock(r *Reader, keep func(row int) bool, change func(row int, address []byte) []byte) error {
	if err := r.readAll(); err != nil {
		return err
	}
	rows := make([]int32, 0, r.Rows())
	for row := range r.Rows() {
		if keep == nil || keep(row) {
			rows = append(rows, int32(row))
		}
	}
	for _, row := range rows {
		b.ids = append(b.ids, r.ids[row])
		b.micros = append(b.micros, r.micros[row])
	}
	for c := range dictionaries {
		if c == address && change != nil {
			for _, row := range rows {
				entry := append(b.scratch[:0], r.dict[address].Text(int(r.index[address][row]))...)
				b.addBytes(address, change(int(row), entry))
			}
			continue
		}
		b.addColumn(c, r, rows)
	}
	for n := range b.number {
		for _, row := range rows {
			b.number[n] = append(b.number[n], r.number[n][row])
		}
	}
	return nil
}

// addColumn looks each entry up once and not each request's.
func (b *Builder) addColumn(c column, r *Reader, rows []int32) {
	const unknown = -1
	d, from := &b.dict[c], &r.dict[c]
	b.remap = grown(b.remap, from.Len())
	for i := range b.remap {
		b.remap[i] = unknown
	}
	for _, row := range rows {
		i := r.index[c][row]
		if b.remap[i] == unknown {
			text := from.Text(int(i))
			b.remap[i] = int32(d.index(unsafe.String(unsafe.SliceData(text), len(text)), 0))
		}
		d.counts[b.remap[i]]++
		b.index[c] = append(b.index[c], uint16(b.remap[i]))
	}
}
