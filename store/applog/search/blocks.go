package search

import (
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
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
	// value and termsValue are what was read last.
	value, termsValue []byte
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

// filter chooses rows: of a block, and of the tail. The zero value chooses all.
type filter struct {
	question *block.Question
	query    *query.Events
}

// visit calls row for each row of an interval that f chooses, and entry for each entry
// of which no row tells enough.
func (b *blocks) visit(in interval, f filter, row func(block.Row) error, entry func(*record.Event) error) error {
	if err := b.Err(); err != nil {
		return err
	}
	each := func(r block.Row) error {
		if r.Opaque {
			return b.entry(codec.NewPosition(r.Time, r.Seq), entry)
		}
		return row(r)
	}
	if !in.made {
		return b.visitUnmade(in.block, f, each, entry)
	}
	rows, err := b.choose(in.block, f)
	if err != nil {
		b.Invalidate(in.block, err)
		return b.visitUnmade(in.block, f, each, entry)
	}
	for _, n := range rows {
		if err := each(b.reader.Row(n)); err != nil {
			return err
		}
	}
	return nil
}

// visitUnmade visits an interval of which there is no block. What the tail does not
// have is read itself.
func (b *blocks) visitUnmade(number uint64, f filter, row func(block.Row) error, entry func(*record.Event) error) error {
	if b.Tail.Next == 0 || b.Tail.Rows.Number() != number {
		return b.EachOfBlock(number, entry)
	}
	last, err := codec.ReadLast(b.Txn)
	if err == nil {
		err = b.Tail.Rows.Each(f.query, last.Seq, row)
	}
	if err == nil && b.Tail.Next <= last.Seq && b.Tail.Next/BlockSeqs == number {
		err = b.eachFrom(b.Tail.Next, entry)
	}
	return err
}

// choose opens a block and chooses its rows.
func (b *blocks) choose(number uint64, f filter) (rows []int, err error) {
	b.value, err = b.get(codec.KeyBlock, number, b.value)
	if err == nil {
		err = b.reader.Open(b.value, number)
	}
	switch {
	case err != nil:
		return nil, err
	case f.question != nil:
		return b.reader.Select(f.question)
	}
	return b.reader.All()
}

// get reads a value of a block into buf.
func (b *blocks) get(kind byte, number uint64, buf []byte) ([]byte, error) {
	item, err := b.Txn.Get(codec.SeqKey(kind, number))
	if err != nil {
		return buf, err
	}
	return item.ValueCopy(buf)
}

// terms reads the terms of a block, which are valid until the next call; ok is false
// where they are not known. Blocks that an older version made have none until they are
// made again.
func (b *blocks) terms(number uint64) (t block.Terms, ok bool) {
	var err error
	b.termsValue, err = b.get(codec.KeyTerms, number, b.termsValue)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return t, false
	}
	if err == nil {
		t, err = block.ParseTerms(b.termsValue, number)
	}
	if err != nil {
		b.Invalidate(number, err)
	}
	return t, err == nil
}

// entry calls f with one entry, as it is shown.
func (b *blocks) entry(at codec.Position, f func(*record.Event) error) error {
	if err := b.Err(); err != nil {
		return err
	}
	e, err := codec.Load(b.Txn, at.Seq())
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil
	case err != nil:
		e = codec.Unreadable(at, err)
	}
	return f(&e)
}
