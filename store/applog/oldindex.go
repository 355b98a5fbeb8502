package applog

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/kv"
)

// findOldIndexes looks for index keys of an older version.
func (a *Log) findOldIndexes() error {
	kinds, err := a.oldIndexKinds()
	a.oldIndexes = len(kinds) > 0
	a.takingOver.Store(a.oldIndexes)
	return err
}

// oldIndexKinds lists the kinds of which there are keys.
func (a *Log) oldIndexKinds() (kinds []byte, err error) {
	err = a.viewNow(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		for _, kind := range []byte(codec.OldIndexes) {
			if it.Seek([]byte{kind}); it.ValidForPrefix([]byte{kind}) {
				kinds = append(kinds, kind)
			}
		}
		return nil
	})
	return kinds, err
}

// dropOldIndexes deletes the index keys of an older version.
func (a *Log) dropOldIndexes(ctx context.Context) error {
	for more := true; more; {
		if a.closing() {
			return kv.ErrClosed
		}
		// Events are applied between two kinds.
		err := a.do(ctx, func() (err error) {
			if a.oldIndexes {
				err = a.dropOldIndex()
			}
			more = a.oldIndexes
			return err
		})
		if err != nil {
			return fmt.Errorf("deleting the indexes of an older version: %w", err)
		}
	}
	return nil
}

// dropOldIndex deletes the old index keys of one kind. Only the follower may do this:
// nothing can be written while Badger drops a prefix.
//
// No question needs these keys. But they hold hashes of what identifies people, so all
// have to be gone before anything is removed from an entry.
func (a *Log) dropOldIndex() (err error) {
	defer kv.RecoverDamage(&err)
	if err := a.space.Check(); err != nil {
		return err
	}
	kinds, err := a.oldIndexKinds()
	if err == nil && len(kinds) > 0 {
		if kinds[0] == codec.OldIndexTime {
			err = a.keepLostTimes()
		}
		if err == nil {
			err = a.db.DropPrefix(kinds[:1])
		}
		kinds = kinds[1:]
	}
	if err == nil {
		a.oldIndexes = len(kinds) > 0
	}
	return err
}

// keepLostTimes writes the times of entries that are marked as lost into the marks.
// Older versions had them in the index by time only.
func (a *Log) keepLostTimes() error {
	if a.damage.Load().Marked == 0 {
		return nil
	}
	batch := a.db.NewWriteBatch()
	defer batch.Cancel()
	err := a.viewNow(func(txn *badger.Txn) error {
		v, lost := a.at(context.Background(), txn), map[uint64]bool{}
		err := v.EachKey(codec.KeyImpersonal, func(item *badger.Item) error {
			seq, err := codec.ParseSeq(item.Key())
			if err == nil && item.ValueSize() == 1 {
				lost[seq] = true
			}
			return err
		})
		if err != nil {
			return err
		}
		return v.EachKey(codec.OldIndexTime, func(item *badger.Item) error {
			key := item.Key()
			if len(key) != 1+codec.PositionSize || !lost[codec.Position(key[1:]).Seq()] {
				return nil
			}
			at := codec.Position(key[1:])
			return batch.Set(codec.SeqKey(codec.KeyImpersonal, at.Seq()), codec.Lost(at.Time()))
		})
	})
	if err != nil {
		return err
	}
	return batch.Flush()
}
