package search

import (
	"context"
	"time"

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
	// Tail is taken after Txn began.
	Tail Tail
}

// Tail has in memory all entries of a block in the making up to a number. The
// transaction of a [View] may not have all of them, and may have others after them.
type Tail struct {
	Rows block.Rows
	// Next is the number after the last entry; 0 says that there is no tail.
	Next uint64
}

// EachOfBlock calls f for each entry of a block, as it is shown, in the order of
// their numbers.
func (v *View) EachOfBlock(block uint64, f func(*record.Event) error) error {
	return v.eachFrom(block*BlockSeqs, f)
}

// eachFrom is EachOfBlock for the entries of a block from a number on.
func (v *View) eachFrom(first uint64, f func(*record.Event) error) error {
	it := v.Txn.NewIterator(badger.IteratorOptions{Prefix: []byte{codec.KeyImpersonal}})
	defer it.Close()
	block := first / BlockSeqs
	var places map[uint64]time.Time
	for it.Seek(codec.SeqKey(codec.KeyImpersonal, first)); it.Valid(); it.Next() {
		if err := v.Err(); err != nil {
			return err
		}
		seq, err := codec.ParseSeq(it.Item().Key())
		if err != nil || seq/BlockSeqs != block {
			return err
		}
		e, why := codec.Read(v.Txn, seq, it.Item())
		if why != nil {
			at, known := codec.LostTime(it.Item())
			if !known {
				if places == nil {
					if places, err = v.places(block); err != nil {
						return err
					}
				}
				if at, known = places[seq]; !known {
					continue // no list shows it
				}
			}
			e = codec.Unreadable(codec.NewPosition(at, seq), why)
		}
		if err := f(&e); err != nil {
			return err
		}
	}
	return nil
}

// places looks for the times of a block's entries in the keys that know them by their
// ids. It reads all of these, and is for entries that cannot be read.
func (v *View) places(block uint64) (map[uint64]time.Time, error) {
	found := map[uint64]time.Time{}
	for _, kind := range []byte{codec.KeyID, codec.KeyConflict} {
		err := v.EachKey(kind, func(item *badger.Item) error {
			return item.Value(func(value []byte) error {
				n, err := codec.ParseName(item.Key(), value)
				if err == nil && n.Seq/BlockSeqs == block && !n.Time.IsZero() {
					found[n.Seq] = n.Time
				}
				return nil // what is damaged tells nothing
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
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
