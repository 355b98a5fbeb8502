package block

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/gatebook/gatebook/record"
)

// Bucket has the counts of some seconds in a head.
type Bucket struct {
	// Start is in seconds since 1970, a multiple of the unit.
	Start   int64
	Classes record.Classes
	Bytes   int64
}

// bucketUnits are the lengths of buckets in seconds. The shortest is taken with
// which there are few.
var bucketUnits = []int64{60, 300, 900, 3600, 6 * 3600, 86400}

// maxBuckets bounds what counts over time cost: a thirty-second part of the
// requests, within limits.
func maxBuckets(rows int) int { return min(max(rows/32, 16), 1024) }

func (b *Builder) appendBuckets(dst []byte) []byte {
	buckets := b.buckets(bucketUnits[0])
	for i, unit := range bucketUnits {
		buckets = widened(buckets, unit)
		if len(buckets) <= maxBuckets(len(b.micros)) || i == len(bucketUnits)-1 {
			return appendBuckets(dst, unit, buckets)
		}
	}
	return dst
}

// buckets counts by the shortest unit, of which the others are multiples.
func (b *Builder) buckets(unit int64) []Bucket {
	var list []Bucket
	var k *Bucket
	class, statuses, size := classesOf(&b.dict[status]), b.index[status], b.number[bytesOut-dictionaries]
	var from, to int64 // microseconds of k
	for row := range b.byTime() {
		if at := b.micros[row]; k == nil || at < from || at >= to {
			from = floor(at, unit*1_000_000)
			to = from + unit*1_000_000
			list = append(list, Bucket{Start: from / 1_000_000})
			k = &list[len(list)-1]
		}
		k.Classes[class[statuses[row]]]++
		k.Bytes += size[row]
	}
	return list
}

// byTime yields the rows in the order of their times.
func (b *Builder) byTime() iter.Seq[int] {
	return func(yield func(int) bool) {
		if slices.IsSorted(b.micros) {
			for row := range b.micros {
				if !yield(row) {
					return
				}
			}
			return
		}
		rows := make([]int32, len(b.micros))
		for i := range rows {
			rows[i] = int32(i)
		}
		slices.SortStableFunc(rows, func(x, y int32) int { return cmp.Compare(b.micros[x], b.micros[y]) })
		for _, row := range rows {
			if !yield(int(row)) {
				return
			}
		}
	}
}

// widened joins the buckets of a unit, in place, to those of a multiple of it.
func widened(list []Bucket, unit int64) []Bucket {
	joined := list[:0]
	for _, k := range list {
		k.Start = floor(k.Start, unit)
		if len(joined) == 0 || joined[len(joined)-1].Start != k.Start {
			joined = append(joined, k)
			continue
		}
		last := &joined[len(joined)-1]
		last.Bytes += k.Bytes
		for class, n := range k.Classes {
			last.Classes[class] += n
		}
	}
	return joined
}

func classesOf(statuses *dictionary) []int {
	list := make([]int, statuses.len())
	for i, e := range statuses.all() {
		list[i] = classOf([]byte(e))
	}
	return list
}

// floor is the greatest multiple of unit that is not greater than v.
func floor(v, unit int64) int64 {
	r := v % unit
	if r < 0 {
		r += unit
	}
	return v - r
}

func appendBuckets(dst []byte, unit int64, list []Bucket) []byte {
	dst = binary.AppendUvarint(dst, uint64(unit))
	before := int64(0)
	for _, k := range list {
		at := k.Start / unit
		dst = binary.AppendVarint(dst, at-before)
		before = at
		var has byte
		for class, n := range k.Classes {
			if n > 0 {
				has |= 1 << class
			}
		}
		dst = append(dst, has)
		for _, n := range k.Classes {
			if n > 0 {
				dst = binary.AppendUvarint(dst, n)
			}
		}
		dst = binary.AppendVarint(dst, k.Bytes)
	}
	return dst
}

// readBuckets reads what appendBuckets wrote.
func readBuckets(content []byte) (unit int64, list []Bucket, err error) {
	u, rest, ok := uvarint(content)
	if !ok || u == 0 || u > 86400 {
		return 0, nil, errForm
	}
	unit = int64(u)
	at := int64(0)
	for len(rest) > 0 {
		var k Bucket
		var v uint64
		if v, rest, ok = uvarint(rest); !ok || len(rest) == 0 {
			return 0, nil, errForm
		}
		at += unzigzag(v)
		k.Start = at * unit
		has := rest[0]
		rest = rest[1:]
		for class := range k.Classes {
			if has&(1<<class) == 0 {
				continue
			}
			if k.Classes[class], rest, ok = uvarint(rest); !ok {
				return 0, nil, errForm
			}
		}
		if v, rest, ok = uvarint(rest); !ok || has>>len(k.Classes) != 0 {
			return 0, nil, errForm
		}
		k.Bytes = unzigzag(v)
		list = append(list, k)
	}
	return unit, list, nil
}
