package serverlog

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"math"
	"slices"

	"github.com/gatebook/gatebook/store/serverlog/block"
)

// Keys of the server log. docs/format.md describes them.
const (
	headPrefix   = 'h'
	bodyPrefix   = 'b'
	importPrefix = 'i'
	manifestKey  = "s"
	// unfinishedKey is there while an import of several segments is written.
	unfinishedKey = "u"
	// flushKey is written only to be dropped; see [ServerLog.compact].
	flushKey = "z"
)

const (
	blockKeyLen = 1 + 8 + 8
	checksumLen = 4
)

// castagnoli is the polynomial that processors compute themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segment is a block of requests as the database has it: a head and a body.
type blockMeta struct {
	// first and last are the numbers of the requests that the segment was made
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

func blockKey(prefix byte, first, last uint64) []byte {
	key := append(make([]byte, 0, blockKeyLen), prefix)
	key = binary.BigEndian.AppendUint64(key, first)
	return binary.BigEndian.AppendUint64(key, last)
}

func (p *blockMeta) headKey() []byte { return blockKey(headPrefix, p.first, p.last) }
func (p *blockMeta) bodyKey() []byte { return blockKey(bodyPrefix, p.first, p.last) }

func parseBlockKey(key []byte) (first, last uint64, err error) {
	if len(key) == blockKeyLen {
		first, last = binary.BigEndian.Uint64(key[1:]), binary.BigEndian.Uint64(key[9:])
	}
	if len(key) != blockKeyLen || last < first {
		// No request has the greatest number.
		return math.MaxUint64, math.MaxUint64, fmt.Errorf("%x is no block's key", key)
	}
	return first, last, nil
}

// parseSegment reads what a head says of its segment.
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

// appendChecksum covers the key too: a segment under another's key is damaged.
func appendChecksum(key, value []byte) []byte {
	return binary.BigEndian.AppendUint32(value, checksum(key, value))
}

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// checked returns the value without its checksum, if that fits.
func checked(key, value []byte) ([]byte, error) {
	if len(value) < checksumLen {
		return nil, fmt.Errorf("cut off after %d bytes", len(value))
	}
	content, sum := value[:len(value)-checksumLen], value[len(value)-checksumLen:]
	if checksum(key, content) != binary.BigEndian.Uint32(sum) {
		return nil, errors.New("the checksum does not fit")
	}
	return content, nil
}

// catalogue lists the segments that there are by their numbers. A list that has been
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

// covered lists the segments that another one was merged from: all their numbers
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

// inside yields the segments whose numbers are all among those of segment i.
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

// newestFirst is the order in which a list looks at the segments.
func (c catalogue) newestFirst() []blockMeta {
	list := slices.Clone(c)
	slices.SortFunc(list, func(a, b blockMeta) int { return cmp.Compare(b.newest, a.newest) })
	return list
}
