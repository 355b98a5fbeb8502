package serverlog

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"slices"

	"github.com/gatebook/gatebook/store/kv"
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

// A block is merged with its neighbours until it is full: it has as many
// requests as a block may have, or its values are as large as values may be. A
// merge takes neighbours of one tier, so that a request is merged some four
// times however slowly requests come.
const (
	// mergeTogether neighbours of one tier become one block.
	mergeTogether = 16
	// tierBits is how many times larger the next tier is, as a power of two.
	tierBits = 4
	// maxMergedValue is how large the values of a merge may get, by the sizes of those
	// that are merged: it may come out a little larger.
	maxMergedValue = kv.MaxValue * 7 / 8
	// fullValue is the size from which a value counts as full.
	fullValue = kv.MaxValue * 3 / 4
)

// tier is 0 for up to 15 requests, 1 for up to 255 and so on.
func (p *blockMeta) tier() int { return (bits.Len(uint(p.rows)) - 1) / tierBits }

// fits reports whether p can be merged into what has grown so large.
func (p *blockMeta) fits(sum *blockMeta) bool {
	return p.rows+sum.rows <= block.MaxRows && p.head+sum.head <= maxMergedValue && p.body+sum.body <= maxMergedValue
}

func (p *blockMeta) full() bool {
	return p.rows > block.MaxRows/2 && p.rows+block.MaxRows/8 > block.MaxRows || p.head > fullValue || p.body > fullValue
}

// due finds neighbours that should be merged now, or nil. With all it finds any
// that can be, and blocks that could be compressed better.
// Nothing is merged across damaged, or what is not shown would seem to be merged.
func (c catalogue) due(all bool, damaged []blockMeta) catalogue {
	for start := 0; start < len(c); {
		sum, end := c[start], start+1
		for ; end < len(c) && !sum.full() && c[end].fits(&sum) && !between(damaged, &c[end-1], &c[end]); end++ {
			sum.rows, sum.head, sum.body = sum.rows+c[end].rows, sum.head+c[end].head, sum.body+c[end].body
		}
		run := c[start:end]
		if len(run) > maxRemoved {
			run = run[:maxRemoved]
		}
		if len(run) > 1 && (all || sum.full() || end < len(c)) {
			return run
		}
		if all && !run[0].dense {
			return run[:1]
		}
		if tiered := run.sameTier(); tiered != nil {
			return tiered
		}
		start = end
	}
	return nil
}

// rows is how many requests the blocks have.
func (c catalogue) rows() (n int) {
	for i := range c {
		n += c[i].rows
	}
	return n
}

// full reports whether the blocks make a full one.
func (c catalogue) full() bool {
	var sum blockMeta
	for i := range c {
		sum.rows, sum.head, sum.body = sum.rows+c[i].rows, sum.head+c[i].head, sum.body+c[i].body
	}
	return sum.full()
}

// between reports whether one of the blocks lies between two.
func between(list []blockMeta, before, after *blockMeta) bool {
	return slices.ContainsFunc(list, func(s blockMeta) bool { return s.first > before.last && s.last < after.first })
}

// sameTier finds the last run of mergeTogether neighbours of one tier.
func (c catalogue) sameTier() catalogue {
	for end := len(c); end >= mergeTogether; end-- {
		run := c[end-mergeTogether : end]
		same := true
		for i := range run {
			same = same && run[i].tier() <= run[len(run)-1].tier()
		}
		if same {
			return run
		}
	}
	return nil
}
