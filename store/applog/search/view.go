package search

import (
	"context"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// BlockSeqs is how many consecutive numbers a block covers: block n those from
// n*BlockSeqs on. A block has the searched fields of their entries, and is made once
// all of its numbers are given out. It follows from the entries and can be made
// again at any time, so a change of an entry drops its block; an entry in no block
// is read itself, which is only slower.
const BlockSeqs = block.MaxRows

// View is the log at one moment, as one transaction sees it.
type View struct {
	Ctx context.Context
	Txn *badger.Txn
	// Closing reports whether the log is being closed; reading ends then.
	Closing func() bool
	// Invalidate is called for a block that cannot be read.
	Invalidate func(block uint64, err error)
}

// EachOfBlock calls f for each entry of a block, as it is shown, in the order of
// their numbers.
func (v *View) EachOfBlock(block uint64, f func(*record.Event) error) error {
	it := v.Txn.NewIterator(badger.IteratorOptions{Prefix: []byte{codec.KeyImpersonal}})
	defer it.Close()
	var places map[uint64]codec.Position
	for it.Seek(codec.SeqKey(codec.KeyImpersonal, block*BlockSeqs)); it.Valid(); it.Next() {
		if err := v.Err(); err != nil {
			return err
		}
		seq, err := codec.ParseSeq(it.Item().Key())
		if err != nil || seq/BlockSeqs != block {
			return err
		}
		e, why := codec.Read(v.Txn, seq, it.Item())
		if why != nil {
			if places == nil {
				if places, err = v.places(block); err != nil {
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
func (v *View) places(block uint64) (map[uint64]codec.Position, error) {
	found := map[uint64]codec.Position{}
	return found, v.EachKey(codec.IndexTime, func(item *badger.Item) error {
		if key := item.Key(); len(key) == 1+codec.PositionSize {
			if at := codec.Position(key[1:]); at.Seq()/BlockSeqs == block {
				found[at.Seq()] = at
			}
		}
		return nil
	})
}

// EachKey calls f for every key that begins with kind; values are read where f
// asks for them.
func (v *View) EachKey(kind byte, f func(*badger.Item) error) error {
	it := v.Txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kind}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := v.Err(); err != nil {
			return err
		}
		if err := f(it.Item()); err != nil {
			return err
		}
	}
	return nil
}

// Err is nil until the context ends or the log is closed.
func (v *View) Err() error {
	if err := v.Ctx.Err(); err != nil {
		return err
	}
	if v.Closing() {
		return kv.ErrClosed
	}
	return nil
}

// BlockRange returns which blocks there can be: from that of the first entry on, up
// to end, of whose numbers some are still to be given.
func (v *View) BlockRange() (first, end uint64, err error) {
	last, err := codec.ReadLast(v.Txn)
	if err != nil {
		return 0, 0, err
	}
	end = (last.Seq + 1) / BlockSeqs
	it := v.Txn.NewIterator(badger.IteratorOptions{Prefix: []byte{codec.KeyImpersonal}})
	defer it.Close()
	if it.Rewind(); !it.Valid() {
		return end, end, nil
	}
	seq, err := codec.ParseSeq(it.Item().Key())
	return seq / BlockSeqs, end, err
}
