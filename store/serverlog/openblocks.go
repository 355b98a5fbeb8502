package serverlog

import (
	"bytes"
	"slices"

	"github.com/gatebook/gatebook/store/serverlog/block"
)

// maxOpen is how many blocks a search keeps open. Where the next page begins
// in a block, it need not be read again.
const maxOpen = 3

// sharing is the part of a block, as a divisor, from which requests share the
// block's texts instead of copying their own. It bounds how many texts a page
// keeps in memory that are none of its requests'.
const sharing = 8

// openBlocks are blocks that have been read; the one used last is in front. From
// page to page the detached ones stay open, and only the readers of the others.
type openBlocks []*openBlock

type openBlock struct {
	first  uint64
	reader *block.Reader
	// rows are those that the query selects, where the block is detached.
	rows []int32
	// detached says that the reader needs the block's values no longer, and that
	// the texts of its requests stay as they are; head is a copy of the head then.
	detached bool
	head     []byte
}

// open opens a block, unless it is open and detached. Within one page nobody asks
// for a block twice.
func (l *openBlocks) open(values *blockValues, p *blockMeta, newReader func() *block.Reader) (*openBlock, error) {
	head, err := values.head(p)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(*l, func(o *openBlock) bool { return o.first == p.first })
	current := i >= 0 && (*l)[i].detached && bytes.Equal((*l)[i].head, head)
	switch {
	case i >= 0:
	case len(*l) == maxOpen:
		i = maxOpen - 1
	default:
		i = len(*l)
		*l = append(*l, &openBlock{reader: newReader()})
	}
	o := (*l)[i]
	copy((*l)[1:i+1], (*l)[:i])
	(*l)[0] = o
	if current {
		return o, nil
	}
	o.first, o.head, o.detached = p.first, head, false
	return o, o.reader.Open(head, func() ([]byte, error) { return values.body(p) })
}

// detach makes a block independent of its values.
func (o *openBlock) detach() error {
	if err := o.reader.Detach(); err != nil {
		return err
	}
	o.detached, o.head = true, bytes.Clone(o.head)
	return nil
}
