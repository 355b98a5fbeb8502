package block

import (
	"errors"
	"fmt"
	"slices"
)

// Verify reads everything and returns the first inconsistency. A checksum only
// shows that the bytes are those that were written; this checks their meaning.
func (r *Reader) Verify() error {
	if err := r.readAll(); err != nil {
		return err
	}
	for c := range dictionaries {
		if err := r.verifyColumn(c); err != nil {
			return fmt.Errorf("column %d: %w", c, err)
		}
	}
	if err := r.verifyOrder(); err != nil {
		return err
	}
	return r.verifyBuckets()
}

// verifyColumn takes each entry apart, and counts them again.
func (r *Reader) verifyColumn(c column) error {
	d := &r.dict[c]
	for i := range d.Len() {
		if err := verifyEntry(c, d.Text(i)); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
	}
	stored, err := r.counts(c)
	if err != nil {
		return fmt.Errorf("its counts: %w", err)
	}
	counted := make([]uint32, d.Len())
	for _, i := range r.index[c] {
		counted[i]++
	}
	if !slices.Equal(stored, counted) {
		return errors.New("the head counts its entries otherwise than they occur")
	}
	return nil
}

func verifyEntry(c column, entry []byte) (err error) {
	switch c {
	case address:
		_, err = cutAddress(entry)
	case status:
		_, err = cutStatus(entry)
	case agent:
		_, _, _, err = cutAgent(entry)
	case network:
		_, _, _, err = cutNetwork(entry)
	case failure:
		_, err = cutFailure(entry)
	}
	return err
}

// verifyOrder compares the rows with what the first bytes of the head say. That
// the times are within its bounds and the numbers begin with the first is known
// from reading them.
func (r *Reader) verifyOrder() error {
	for i := 1; i < len(r.ids); i++ {
		if r.ids[i] <= r.ids[i-1] {
			return fmt.Errorf("request %d comes after %d", r.ids[i], r.ids[i-1])
		}
	}
	if r.Sorted && !slices.IsSorted(r.micros) {
		return errors.New("the requests are not in the order of their times, as the head says")
	}
	if r.Short {
		for i := range r.dict[address].Len() {
			if !isShort(r.dict[address].Text(i)) {
				return errors.New("an address is not shortened, as the head says all are")
			}
		}
	}
	return nil
}

// verifyBuckets counts over time again.
func (r *Reader) verifyBuckets() error {
	unit, stored, err := r.Buckets()
	if err != nil {
		return fmt.Errorf("its counts over time: %w", err)
	}
	left := make(map[int64]Bucket, len(stored))
	for i, k := range stored {
		if i > 0 && k.Start <= stored[i-1].Start {
			return errors.New("the head's counts over time are not in order")
		}
		left[k.Start] = k
	}
	for row, micros := range r.micros {
		start := floor(micros, unit*1_000_000) / 1_000_000
		k, there := left[start]
		class := classOf(r.dict[status].Text(int(r.index[status][row])))
		if !there || k.Classes[class] == 0 {
			return errors.New("the head counts fewer requests over time than there are")
		}
		k.Classes[class]--
		k.Bytes -= r.number[bytesOut-dictionaries][row]
		left[start] = k
	}
	for start, k := range left {
		if k != (Bucket{Start: start}) {
			return errors.New("the head counts more requests or other bytes over time than there are")
		}
	}
	return nil
}
