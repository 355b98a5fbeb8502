package block

import (
	"encoding/binary"

	"github.com/gatebook/gatebook/record"
)

// Part is what requests can be counted by.
type Part int

// The parts.
const (
	Addresses Part = iota
	Paths
	Browsers
	Countries
	Networks
)

// columnOf is the column that has a part's values.
var columnOf = [...]column{Addresses: address, Paths: path, Browsers: agent, Countries: network, Networks: network}

// Counts calls add for the values of a part and how many of the rows have them,
// of all rows if rows is nil; then the head is enough. A value may come more than
// once. Values are good until add returns; see [PartText].
func (r *Reader) Counts(p Part, rows []int32, add func(value []byte, n uint64)) error {
	d, err := r.dictionary(columnOf[p])
	if err != nil {
		return err
	}
	counts, err := r.countsIn(columnOf[p], rows)
	if err != nil {
		return err
	}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		value, err := partOf(p, d.Text(i))
		if err != nil {
			return err
		}
		if len(value) > 0 {
			add(value, uint64(n))
		}
	}
	return nil
}

// countsIn counts how many of the rows have each entry, of all if rows is nil.
func (r *Reader) countsIn(c column, rows []int32) ([]uint32, error) {
	if rows == nil {
		return r.counts(c)
	}
	index, err := r.indexes(c)
	if err != nil {
		return nil, err
	}
	counts := make([]uint32, r.dict[c].Len())
	for _, row := range rows {
		counts[index[row]]++
	}
	return counts, nil
}

// partOf cuts a part's value out of an entry.
func partOf(p Part, entry []byte) ([]byte, error) {
	switch p {
	case Browsers:
		browser, _, _, err := cutAgent(entry)
		return browser, err
	case Countries:
		country, _, _, err := cutNetwork(entry)
		return country, err
	case Networks:
		_, asn, _, err := cutNetwork(entry)
		if asn == 0 {
			return nil, err
		}
		return entry, err
	}
	return entry, nil
}

// PartText is how a value that Counts found is written.
func PartText(p Part, value []byte) string {
	switch p {
	case Addresses:
		if ip, err := cutAddress(value); err == nil {
			return ip.String()
		}
	case Networks:
		r, err := networkOnly(value)
		if err == nil {
			return r.Network()
		}
	}
	return string(value)
}

// Steps calls add for each of the rows, with its class of status and its bytes.
func (r *Reader) Steps(rows []int32, add func(micros int64, class int, bytes int64)) error {
	micros, err := r.times()
	if err != nil {
		return err
	}
	statuses, err := r.dictionary(status)
	if err != nil {
		return err
	}
	index, err := r.indexes(status)
	if err != nil {
		return err
	}
	size, err := r.numbersOf(bytesOut)
	if err != nil {
		return err
	}
	classes := make([]int, statuses.Len())
	for i := range classes {
		classes[i] = classOf(statuses.Text(i))
	}
	for _, row := range rows {
		add(micros[row], classes[index[row]], size[row])
	}
	return nil
}

func classOf(entry []byte) int {
	v, _ := binary.Varint(entry)
	return record.ClassOf(int(v))
}
