package block

import (
	"cmp"
	"encoding/binary"
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
	rows := b.byTime()
	for _, unit := range bucketUnits {
		buckets := b.buckets(rows, unit)
		if len(buckets) <= maxBuckets(len(rows)) || unit == bucketUnits[len(bucketUnits)-1] {
			return appendBuckets(dst, unit, buckets)
		}
	}
	return dst
}

// byTime lists the rows in the order of their times.
func (b *Builder) byTime() []int32 {
	rows := make([]int32, len(b.micros))
	for i := range rows {
		rows[i] = int32(i)
	}
	if !slices.IsSorted(b.micros) {
		slices.SortStableFunc(rows, func(x, y int32) int { return cmp.Compare(b.micros[x], b.micros[y]) })
	}
	return rows
}

func (b *Builder) buckets(rows []int32, unit int64) []Bucket {
	var list []Bucket
	class := classesOf(&b.dict[status])
	for _, row := range rows {
		start := floor(b.micros[row], unit*1_000_000) / 1_000_000
		if len(list) == 0 || list[len(list)-1].Start != start {
			list = append(list, Bucket{Start: start})
		}
		k := &list[len(list)-1]
		k.Classes[class[b.index[status][row]]]++
		k.Bytes += b.number[bytesOut-dictionaries][row]
	}
	return list
}

func classesOf(statuses *dictionary) []int {
	list := make([]int, len(statuses.entries))
	for i, e := range statuses.entries {
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
