package search

import (
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// interval is the numbers of a block, whether there is one or not.
type interval struct {
	block uint64
	// made says that there is a block, of which head is known.
	made bool
	head block.Head
}

// blocks reads all entries by their blocks, or themselves where there is none.
type blocks struct {
	*View
	reader block.Reader
	value  []byte
}

// list lists those that wanted does not refuse by their head, in the order of
// their numbers.
func (b *blocks) list(wanted func(h *block.Head) bool) (list []interval, err error) {
	next, end, err := b.BlockRange()
	if err != nil {
		return nil, err
	}
	err = b.EachKey(codec.KeyHead, func(item *badger.Item) error {
		number, err := codec.ParseSeq(item.Key())
		if err != nil || number < next || number >= end {
			return err
		}
		for ; next < number; next++ {
			list = append(list, interval{block: next})
		}
		next = number + 1
		var head block.Head
		if err := item.Value(func(v []byte) (err error) { head, err = block.ParseHead(v, number); return err }); err != nil {
			b.Invalidate(number, err)
			list = append(list, interval{block: number})
		} else if head.Rows > 0 && wanted(&head) {
			list = append(list, interval{number, true, head})
		}
		return nil
	})
	for ; next <= end; next++ { // the last one is still filling up
		list = append(list, interval{block: next})
	}
	return list, err
}

// visit calls row for each of the rows that are chosen in a block, or entry for
// each entry where a block does not tell.
func (b *blocks) visit(in interval, choose func(*block.Reader) ([]int, error), row func(row int) error, entry func(*record.Event) error) error {
	if err := b.Err(); err != nil {
		return err
	}
	if !in.made {
		return b.EachOfBlock(in.block, entry)
	}
	err := b.open(in.block)
	var rows []int
	if err == nil {
		rows, err = choose(&b.reader)
	}
	if err != nil {
		b.Invalidate(in.block, err)
		return b.EachOfBlock(in.block, entry)
	}
	for _, n := range rows {
		if b.reader.Opaque(n) {
			err = b.entry(codec.NewPosition(b.reader.Time(n), b.reader.Seq(n)), entry)
		} else {
			err = row(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *blocks) open(block uint64) error {
	item, err := b.Txn.Get(codec.SeqKey(codec.KeyBlock, block))
	if err == nil {
		b.value, err = item.ValueCopy(b.value)
	}
	if err == nil {
		err = b.reader.Open(b.value, block)
	}
	return err
}

// entry calls f with one entry, as it is shown.
func (b *blocks) entry(at codec.Position, f func(*record.Event) error) error {
	if err := b.Err(); err != nil {
		return err
	}
	e, err := codec.Load(b.Txn, at.Seq())
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil // deleted, and its index is about to be
	case err != nil:
		e = codec.Unreadable(at, err)
	}
	return f(&e)
}
