package block

import (
	"fmt"

	"github.com/klauspost/compress/s2"
)

// Reader reads blocks, one after the other, and keeps its memory from one to the
// next. What it returns is valid until the next Open. It is for one goroutine.
type Reader struct {
	number  uint64
	offsets []uint16
	flags   []byte
	times   []int64
	dues    []int64

	names  section
	name   texts
	nameOf [nameColumns][]uint16
	texts  section
	text   texts
	textOf [textColumns][]uint16
	starts []uint32 // where the params of each row are in listed
	listed []uint16
	counts []uint16
	placed section
	rows   []int
	codes  []uint64
}

// section is a part of a block, which is decompressed when it is needed.
type section struct {
	length int
	stored []byte
	read   bool
	buf    []byte
}

// Open turns to the block of a number. Value must stay as it is meanwhile.
func (r *Reader) Open(value []byte, number uint64) error {
	in, err := open(value, number)
	if err == nil {
		err = r.open(in, number)
	}
	if err != nil {
		return fmt.Errorf("block %d: %w", number, err)
	}
	return nil
}

func (r *Reader) open(in *input, number uint64) error {
	rows := in.uvarint()
	for _, s := range []*section{&r.placed, &r.names, &r.texts} {
		length := in.uvarint()
		s.length, s.stored, s.read = int(min(length, maxSection)), in.bytes(in.uvarint()), false
		in.broken = in.broken || length > maxSection
	}
	if in.done() != nil || rows > MaxRows {
		return errForm
	}
	r.number = number
	return r.readPlaces(int(rows))
}

// content decompresses the section.
func (s *section) content() (*input, error) {
	if len(s.stored) == s.length {
		return &input{rest: s.stored}, nil
	}
	if n, err := s2.DecodedLen(s.stored); err != nil || n != s.length {
		return nil, errForm
	}
	s.buf = grown(s.buf, s.length)
	content, err := s2.Decode(s.buf, s.stored)
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	return &input{rest: content}, nil
}

func (r *Reader) readPlaces(rows int) error {
	in, err := r.placed.content()
	if err != nil {
		return err
	}
	r.offsets, r.times, r.dues = grown(r.offsets, rows), grown(r.times, rows), grown(r.dues, rows)
	in.numbers(r.offsets, MaxRows)
	r.flags = in.bytes(uint64(rows))
	r.codes = grown(r.codes, rows)
	in.uvarints(r.codes)
	before := int64(0)
	for i, v := range r.codes {
		before += int64(v>>1) ^ -int64(v&1)
		r.times[i] = before
	}
	in.uvarints(r.codes)
	for i, v := range r.codes {
		r.dues[i] = r.times[i] + int64(v)
	}
	for i := range r.flags {
		in.broken = in.broken || r.flags[i] > knownFlags || i > 0 && r.offsets[i] <= r.offsets[i-1]
	}
	return in.done()
}

// readNames reads what filters ask for, once.
func (r *Reader) readNames() error {
	if r.names.read {
		return nil
	}
	in, err := r.names.content()
	if err != nil {
		return err
	}
	r.name.begin(in)
	r.readColumns(in, r.nameOf[:], &r.name)
	r.name.end(in)
	r.names.read = !in.broken
	return in.done()
}

// readTexts reads what words are searched in, once.
func (r *Reader) readTexts() error {
	if r.texts.read {
		return nil
	}
	in, err := r.texts.content()
	if err != nil {
		return err
	}
	r.text.begin(in)
	r.readColumns(in, r.textOf[:], &r.text)
	r.readParams(in)
	r.text.end(in)
	r.texts.read = !in.broken
	return in.done()
}

func (r *Reader) readColumns(in *input, columns [][]uint16, of *texts) {
	for c := range columns {
		columns[c] = grown(columns[c], r.Rows())
		in.numbers(columns[c], of.len())
	}
}

func (r *Reader) readParams(in *input) {
	r.counts = grown(r.counts, r.Rows())
	in.numbers(r.counts, maxParams+1)
	r.starts = append(r.starts[:0], 0)
	n := uint32(0)
	for _, count := range r.counts {
		if !in.broken {
			n += uint32(count)
		}
		r.starts = append(r.starts, n)
	}
	r.listed = grown(r.listed, int(n))
	in.numbers(r.listed, r.text.len())
}

// params are those of a row.
func (r *Reader) params(row int) []uint16 { return r.listed[r.starts[row]:r.starts[row+1]] }

// Rows is how many entries there are.
func (r *Reader) Rows() int { return len(r.offsets) }

// Row is what is known of the entry in a row. Its category is empty unless the
// question read it.
func (r *Reader) Row(row int) Row {
	x := Row{
		Seq:  r.number*MaxRows + uint64(r.offsets[row]),
		Time: fromMicros(r.times[row]), Due: fromMicros(r.dues[row]),
		Anonymized: r.flags[row]&anonymized != 0, Opaque: r.flags[row]&opaque != 0,
	}
	if r.names.read {
		x.Category = r.name.get(r.nameOf[category][row])
	}
	return x
}

// All returns all rows, and reads their categories.
func (r *Reader) All() ([]int, error) {
	if err := r.readNames(); err != nil {
		return nil, fmt.Errorf("block %d: %w", r.number, err)
	}
	r.rows = r.rows[:0]
	for row := range r.Rows() {
		r.rows = append(r.rows, row)
	}
	return r.rows, nil
}
