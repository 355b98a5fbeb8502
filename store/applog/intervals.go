package applog

import (
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// span is the numbers of a block, whether there is one or not.
type interval struct {
	block uint64
	// made says that there is a block, of which head is known.
	made bool
	head block.Head
}

// spans reads all entries by their blocks, or themselves where there is none.
type intervals struct {
	log    *Log
	ctx    context.Context
	txn    *badger.Txn
	reader block.Reader
	value  []byte
}

// list lists those that wanted does not refuse by their head, in the order of
// their numbers.
func (s *intervals) list(wanted func(h *block.Head) bool) (list []interval, err error) {
	next, end, err := blockRange(s.txn)
	if err != nil {
		return nil, err
	}
	err = s.log.eachKey(s.ctx, s.txn, codec.KeyHead, func(item *badger.Item) error {
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
			s.log.invalidate(number, err)
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
func (s *intervals) visit(sp interval, choose func(*block.Reader) ([]int, error), row func(row int) error, entry func(*record.Event) error) error {
	if err := s.log.goesOn(s.ctx); err != nil {
		return err
	}
	if !sp.made {
		return s.log.eachOfBlock(s.ctx, s.txn, sp.block, entry)
	}
	err := s.open(sp.block)
	var rows []int
	if err == nil {
		rows, err = choose(&s.reader)
	}
	if err != nil {
		s.log.invalidate(sp.block, err)
		return s.log.eachOfBlock(s.ctx, s.txn, sp.block, entry)
	}
	for _, n := range rows {
		if s.reader.Opaque(n) {
			err = s.entry(codec.NewPosition(s.reader.Time(n), s.reader.Seq(n)), entry)
		} else {
			err = row(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *intervals) open(block uint64) error {
	item, err := s.txn.Get(codec.SeqKey(codec.KeyBlock, block))
	if err == nil {
		s.value, err = item.ValueCopy(s.value)
	}
	if err == nil {
		err = s.reader.Open(s.value, block)
	}
	return err
}

// entry calls f with one entry, as it is shown.
func (s *intervals) entry(at codec.Position, f func(*record.Event) error) error {
	if err := s.log.goesOn(s.ctx); err != nil {
		return err
	}
	e, err := codec.Load(s.txn, at.Seq())
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil // deleted, and its index is about to be
	case err != nil:
		e = codec.Unreadable(at, err)
	}
	return f(&e)
}

// eachOfBlock calls f for each entry of a block, as it is shown, in the order of
// their numbers.
func (a *Log) eachOfBlock(ctx context.Context, txn *badger.Txn, block uint64, f func(*record.Event) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{codec.KeyImpersonal}})
	defer it.Close()
	var places map[uint64]codec.Position
	for it.Seek(codec.SeqKey(codec.KeyImpersonal, block*blockSeqs)); it.Valid(); it.Next() {
		if err := a.goesOn(ctx); err != nil {
			return err
		}
		seq, err := codec.ParseSeq(it.Item().Key())
		if err != nil || seq/blockSeqs != block {
			return err
		}
		e, why := codec.Read(txn, seq, it.Item())
		if why != nil {
			if places == nil {
				if places, err = a.places(ctx, txn, block); err != nil {
					return err
				}
			}
			at, known := places[seq]
			if !known {
				continue // no list shows it either
			}
			e = codec.Unreadable(at, why)
		}
		if err := f(&e); err != nil {
			return err
		}
	}
	return nil
}

// places looks for the entries of a block in the index by time, which alone knows
// where one is shown that cannot be read. It may take reading all of the index,
// and is for damaged logs only.
func (a *Log) places(ctx context.Context, txn *badger.Txn, block uint64) (map[uint64]codec.Position, error) {
	found := map[uint64]codec.Position{}
	return found, a.eachKey(ctx, txn, codec.IndexTime, func(item *badger.Item) error {
		if key := item.Key(); len(key) == 1+codec.PositionSize {
			if at := codec.Position(key[1:]); at.Seq()/blockSeqs == block {
				found[at.Seq()] = at
			}
		}
		return nil
	})
}

// eachKey calls f for every key that begins with kind; values are read where f
// asks for them.
func (a *Log) eachKey(ctx context.Context, txn *badger.Txn, kind byte, f func(*badger.Item) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kind}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := a.goesOn(ctx); err != nil {
			return err
		}
		if err := f(it.Item()); err != nil {
			return err
		}
	}
	return nil
}

// goesOn is nil until ctx ends or the log is closed.
func (a *Log) goesOn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.closing() {
		return kv.ErrClosed
	}
	return nil
}
