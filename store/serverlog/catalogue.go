package serverlog

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/gatebook/gatebook/store/serverlog/block"
)

// blockMeta is a block of requests as the database has it: a head and a body.
type blockMeta struct {
	// first and last are the numbers of the requests that the block was made
	// for. They are its key, and stay when requests are taken out of it.
	first, last uint64
	rows        int
	// oldest and newest are in microseconds since 1970.
	oldest, newest int64
	sorted, dense  bool
	short          bool
	// head and body are the sizes of the values.
	head, body int
}

func (p *blockMeta) headKey() []byte { return blockKey(headPrefix, p.first, p.last) }
func (p *blockMeta) bodyKey() []byte { return blockKey(bodyPrefix, p.first, p.last) }

// parseMeta reads what a head says of its block.
func parseMeta(key, head []byte) (blockMeta, error) {
	first, last, err := parseBlockKey(key)
	if err != nil {
		return blockMeta{first: first, last: last}, err
	}
	if len(head) < checksumLen {
		return blockMeta{first: first, last: last}, fmt.Errorf("cut off after %d bytes", len(head))
	}
	h, err := block.ParseHead(head[:len(head)-checksumLen])
	p := blockMeta{first: first, last: last, rows: h.Rows, oldest: h.Oldest, newest: h.Newest, sorted: h.Sorted, dense: h.Dense, short: h.Short, head: len(head)}
	if err == nil && (h.First < first || h.First > last || uint64(h.Rows) > last-first+1) {
		err = errors.New("its requests are not those of its key")
	}
	return p, err
}

// catalogue lists the blocks that there are by their numbers. A list that has been
// handed out never changes.
type catalogue []blockMeta

// with is the catalogue after a change.
func (c catalogue) with(add *blockMeta, remove []blockMeta) catalogue {
	next := make(catalogue, 0, len(c)+1)
	for _, p := range c {
		if !slices.ContainsFunc(remove, func(r blockMeta) bool { return r.first == p.first && r.last == p.last }) {
			next = append(next, p)
		}
	}
	if add != nil {
		at, _ := slices.BinarySearchFunc(next, add.first, func(p blockMeta, first uint64) int { return cmp.Compare(p.first, first) })
		next = slices.Insert(next, at, *add)
	}
	return next
}

// covered lists the blocks that another one was merged from: all their numbers
// are its numbers, and it has as many requests. They are back where the note of
// their deletion is damaged.
func (c catalogue) covered() (list []blockMeta) {
	for i := range c {
		var parts []blockMeta
		rows := 0
		for j := range c.inside(i) {
			parts, rows = append(parts, c[j]), rows+c[j].rows
		}
		if rows <= c[i].rows {
			list = append(list, parts...)
		}
	}
	return list
}

// inside yields the blocks whose numbers are all among those of block i.
func (c catalogue) inside(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		from := i
		for from > 0 && c[from-1].first == c[i].first {
			from--
		}
		for j := from; j < len(c) && c[j].first <= c[i].last; j++ {
			if j != i && c[j].last <= c[i].last && !yield(j) {
				return
			}
		}
	}
}

// newestFirst is the order in which a list looks at the blocks.
func (c catalogue) newestFirst() []blockMeta {
	list := slices.Clone(c)
	slices.SortFunc(list, func(a, b blockMeta) int { return cmp.Compare(b.newest, a.newest) })
	return list
}

// numbers is how many requests the block was made for.
func (p *blockMeta) numbers() int { return int(min(p.last-p.first, block.MaxRows) + 1) }
