package store

import (
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/eventblock"
)

// span is the numbers of a block, whether there is one or not.
type span struct {
	block uint64
	// made says that there is a block, of which head is known.
	made bool
	head eventblock.Head
}

// spans reads all entries by their blocks, or themselves where there is none.
type spans struct {
	log    *AppLog
	ctx    context.Context
	txn    *badger.Txn
	reader eventblock.Reader
	value  []byte
}

// list lists those that wanted does not refuse by their head, in the order of
// their numbers.
func (s *spans) list(wanted func(h *eventblock.Head) bool) (list []span, err error) {
	next, end, err := blockRange(s.txn)
	if err != nil {
		return nil, err
	}
	err = s.log.eachKey(s.ctx, s.txn, keyHead, func(item *badger.Item) error {
		block, err := seqOf(item.Key())
		if err != nil || block < next || block >= end {
			return err
		}
		for ; next < block; next++ {
			list = append(list, span{block: next})
		}
		next = block + 1
		var head eventblock.Head
		if err := item.Value(func(v []byte) (err error) { head, err = eventblock.ParseHead(v, block); return err }); err != nil {
			s.log.spoil(block, err)
			list = append(list, span{block: block})
		} else if head.Rows > 0 && wanted(&head) {
			list = append(list, span{block, true, head})
		}
		return nil
	})
	for ; next <= end; next++ { // the last one is still filling up
		list = append(list, span{block: next})
	}
	return list, err
}

// visit calls row for each of the rows that are chosen in a block, or entry for
// each entry where a block does not tell.
func (s *spans) visit(sp span, choose func(*eventblock.Reader) ([]int, error), row func(row int) error, entry func(*record.Event) error) error {
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
		s.log.spoil(sp.block, err)
		return s.log.eachOfBlock(s.ctx, s.txn, sp.block, entry)
	}
	for _, n := range rows {
		if s.reader.Opaque(n) {
			err = s.entry(newEventPos(s.reader.Time(n), s.reader.Seq(n)), entry)
		} else {
			err = row(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *spans) open(block uint64) error {
	item, err := s.txn.Get(seqKey(keyBlock, block))
	if err == nil {
		s.value, err = item.ValueCopy(s.value)
	}
	if err == nil {
		err = s.reader.Open(s.value, block)
	}
	return err
}

// entry calls f with one entry, as it is shown.
func (s *spans) entry(at eventPos, f func(*record.Event) error) error {
	if err := s.log.goesOn(s.ctx); err != nil {
		return err
	}
	e, err := loadEvent(s.txn, at.seq())
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil // deleted, and its index is about to be
	case err != nil:
		e = unreadable(at, err)
	}
	return f(&e)
}

// eachOfBlock calls f for each entry of a block, as it is shown, in the order of
// their numbers.
func (a *AppLog) eachOfBlock(ctx context.Context, txn *badger.Txn, block uint64, f func(*record.Event) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{keyImpersonal}})
	defer it.Close()
	var places map[uint64]eventPos
	for it.Seek(seqKey(keyImpersonal, block*blockSeqs)); it.Valid(); it.Next() {
		if err := a.goesOn(ctx); err != nil {
			return err
		}
		seq, err := seqOf(it.Item().Key())
		if err != nil || seq/blockSeqs != block {
			return err
		}
		e, why := readEvent(txn, seq, it.Item())
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
			e = unreadable(at, why)
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
func (a *AppLog) places(ctx context.Context, txn *badger.Txn, block uint64) (map[uint64]eventPos, error) {
	found := map[uint64]eventPos{}
	return found, a.eachKey(ctx, txn, indexTime, func(item *badger.Item) error {
		if key := item.Key(); len(key) == 1+posSize {
			if at := eventPos(key[1:]); at.seq()/blockSeqs == block {
				found[at.seq()] = at
			}
		}
		return nil
	})
}

// eachKey calls f for every key that begins with kind; values are read where f
// asks for them.
func (a *AppLog) eachKey(ctx context.Context, txn *badger.Txn, kind byte, f func(*badger.Item) error) error {
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
func (a *AppLog) goesOn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.closing() {
		return ErrClosed
	}
	return nil
}
