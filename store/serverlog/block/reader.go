package block

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// NewDecoder makes a decoder for any number of readers at once.
func NewDecoder(concurrency int) (*zstd.Decoder, error) {
	return zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(concurrency),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxText))
}

// Reader reads blocks, one after the other, and keeps its memory from one to
// the next. It decodes what it is asked for and no more. What it returns is
// good until the next Open. It is for one goroutine.
type Reader struct {
	Head
	dec   *zstd.Decoder
	flags byte

	heads    [headSections]section
	bodies   [bodySections]section
	body     func() ([]byte, error)
	bodyRead bool

	dict   [dictionaries]Dictionary
	index  [dictionaries][]uint16
	number [numbers][]int64
	micros []int64
	ids    []uint64
	done   done
	// only are the rows of Only if they are few, or nil.
	only []int32
	// zeros is how many zeros a column begins with, left from a block before: columns
	// that are zero in one block mostly are in the next.
	zeros struct {
		index  [dictionaries]int
		number [numbers]int
	}

	lengths, content []byte
	codes            []uint64
	last32           []uint32
	last64           []int64
	seen             []bool
	starts           []uint32
}

// done is what has been read of a block.
type done struct {
	dict, index [dictionaries]bool
	number      [numbers]bool
	micros, ids bool
	// only reports that the rows of Only are read.
	only bool
}

// NewReader makes a reader that decompresses with dec.
func NewReader(dec *zstd.Decoder) *Reader { return &Reader{dec: dec} }

// Open turns to another block. What body returns is asked for when the head is
// not enough. Head and body must stay as they are while they are read.
func (r *Reader) Open(head []byte, body func() ([]byte, error)) error {
	h, flags, rest, err := parseHead(head)
	if err == nil {
		err = sections(rest, r.heads[:])
	}
	if err != nil {
		return fmt.Errorf("the head of a block: %w", err)
	}
	r.Head, r.flags, r.body, r.bodyRead, r.only = h, flags, body, false, nil
	r.done = done{}
	return nil
}

// Rows is how many requests there are.
func (r *Reader) Rows() int { return r.Head.Rows }

// Buckets are the counts over time, in order, and the seconds that each
// covers.
func (r *Reader) Buckets() (unit int64, list []Bucket, err error) {
	content, err := r.heads[bucketsSection].read(&r.content, r.dec)
	if err != nil {
		return 0, nil, err
	}
	return readBuckets(content)
}

// dictionary reads that of a column.
func (r *Reader) dictionary(c column) (*Dictionary, error) {
	d := &r.dict[c]
	if r.done.dict[c] {
		return d, nil
	}
	s := r.heads[perDictionary*int(c):]
	if !s[textsOf].there {
		d.setEmpty(r.Rows())
		r.done.dict[c] = true
		return d, nil
	}
	var lengths []byte
	var err error
	if s[lengthsOf].there {
		if lengths, err = s[lengthsOf].read(&r.lengths, r.dec); err != nil {
			return nil, err
		}
		if len(lengths) == 0 {
			return nil, errForm
		}
	}
	text, err := s[textsOf].read(&d.buf, r.dec)
	if err != nil {
		return nil, err
	}
	if err := d.parse(lengths, text); err != nil {
		return nil, err
	}
	if n := d.Len(); n == 0 || n > r.Rows() {
		return nil, errForm
	}
	r.done.dict[c] = true
	return d, nil
}

// counts reads how many requests have each entry of a column.
func (r *Reader) counts(c column) ([]uint32, error) {
	d, err := r.dictionary(c)
	if err != nil || d.counted {
		return d.counts, err
	}
	content, err := r.heads[perDictionary*int(c)+countsOf].read(&r.content, r.dec)
	if err != nil {
		return nil, err
	}
	return d.counts, d.parseCounts(content, r.Rows())
}

// openBody finds the body's sections.
func (r *Reader) openBody() error {
	if r.bodyRead {
		return nil
	}
	body, err := r.body()
	if err == nil {
		err = sections(body, r.bodies[:])
	}
	if err != nil {
		return fmt.Errorf("the body of a block: %w", err)
	}
	r.bodyRead = true
	return nil
}

// indexes reads a column's indexes into its dictionary.
func (r *Reader) indexes(c column) ([]uint16, error) {
	if r.done.index[c] {
		return r.index[c], nil
	}
	d, err := r.dictionary(c)
	if err != nil {
		return nil, err
	}
	if d.Len() == 1 {
		r.index[c], r.zeros.index[c] = zerosOf(r.index[c], r.Rows(), r.zeros.index[c])
		r.done.index[c] = true
		return r.index[c], nil
	}
	r.index[c], r.zeros.index[c] = grown(r.index[c], r.Rows()), 0
	if err := r.openBody(); err != nil {
		return nil, err
	}
	context, entries, err := r.context(c)
	if err != nil {
		return nil, err
	}
	content, err := r.bodies[c].read(&r.content, r.dec)
	if err != nil {
		return nil, err
	}
	if c == address {
		err = readDistances(r.index[c], d.Len(), content)
	} else {
		r.last32 = zeroed(r.last32, entries)
		err = readIndex(r.index[c], context, r.last32, d.Len(), content)
	}
	r.done.index[c] = err == nil
	return r.index[c], err
}

// context reads the column that predicts c: its indexes and how many entries
// there are.
func (r *Reader) context(c column) (index []uint16, entries int, err error) {
	of := contextOf[c]
	if of == noContext {
		return nil, 0, nil
	}
	index, err = r.indexes(of)
	return index, r.dict[of].Len(), err
}

// IDs are the requests' numbers, in order.
func (r *Reader) IDs() ([]uint64, error) {
	if r.done.ids {
		return r.ids, nil
	}
	if err := r.openBody(); err != nil {
		return nil, err
	}
	r.ids = grown(r.ids, r.Rows())
	content, err := r.bodies[idsSection].read(&r.content, r.dec)
	if err != nil {
		return nil, err
	}
	err = readRuns(r.ids, r.First, content)
	r.done.ids = err == nil
	return r.ids, err
}

// Detach reads all of the block into memory of its own: it can then be read when
// its values are gone, and the texts of its requests stay as they are, also when
// another block is opened.
func (r *Reader) Detach() error {
	if err := r.readAll(); err != nil {
		return err
	}
	for c := range dictionaries {
		d := &r.dict[c]
		if r.heads[perDictionary*int(c)+textsOf].form == formRaw {
			d.text = bytes.Clone(d.text)
		} else {
			d.buf = nil // which its text is part of
		}
	}
	return nil
}

// readAll reads whatever has not been read yet.
func (r *Reader) readAll() error {
	for c := range dictionaries {
		if _, err := r.indexes(c); err != nil {
			return err
		}
	}
	for n := range numbers {
		if _, err := r.numbersOf(dictionaries + column(n)); err != nil {
			return err
		}
	}
	if _, err := r.times(); err != nil {
		return err
	}
	_, err := r.IDs()
	return err
}
