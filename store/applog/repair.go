package applog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/dedup"
	"github.com/gatebook/gatebook/store/kv"
)

// repair restores a log that has lost keys. Every key but those of the events
// themselves follows from others and is written again. Lost parts of events are
// marked, so that a list shows where they were. A repair does not depend on an
// earlier one, so an interrupted repair starts again.
type repair struct {
	log   *Log
	lost  kv.LostKeys
	txn   *badger.Txn
	batch *badger.WriteBatch
	// there are the events whose impersonal part is; the others are gone, with
	// the time that another key has of them.
	there map[uint64]struct{}
	gone  map[uint64]time.Time
	// heirs are the ids whose first event is gone and that another event has now.
	heirs map[string]bool
	last  uint64 // the highest number seen
	marks uint64 // parts that are marked as lost
}

// repair restores the keys that kv.RepairFiles could not keep.
func (a *Log) repair() (err error) {
	copies, lost, err := kv.PendingRepairs(a.space.Dir)
	if err != nil || len(copies) == 0 {
		return err
	}
	defer kv.RecoverDamage(&err)
	if err := a.space.Check(); err != nil {
		return err
	}
	m := &repair{
		log: a, lost: lost,
		txn: a.db.NewTransaction(false), batch: a.db.NewWriteBatch(),
		there: map[uint64]struct{}{}, gone: map[uint64]time.Time{}, heirs: map[string]bool{},
	}
	defer m.txn.Discard()
	defer m.batch.Cancel()
	for _, step := range []func() error{m.find, m.restore, m.markGone, m.dropBlocks, m.batch.Flush, m.count} {
		if err := step(); err != nil {
			return fmt.Errorf("putting a damaged log in order: %w", err)
		}
	}
	return kv.FinishRepairs(copies)
}

// each calls f for every key that begins with kind.
func (m *repair) each(kind byte, f func(key []byte, item *badger.Item) error) error {
	it := m.txn.NewIterator(badger.IteratorOptions{Prefix: []byte{kind}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := f(it.Item().Key(), it.Item()); err != nil {
			return err
		}
	}
	return nil
}

// find lists the events that exist and those that should exist.
func (m *repair) find() error {
	err := m.each(codec.KeyImpersonal, func(key []byte, _ *badger.Item) error {
		m.there[binary.BigEndian.Uint64(key[1:])] = struct{}{}
		return nil
	})
	for seq := range m.there {
		m.last = max(m.last, seq)
	}
	for _, index := range []byte(codec.OldIndexes) { // of an older version
		err = errors.Join(err, m.each(index, func(key []byte, _ *badger.Item) error {
			if len(key) > codec.PositionSize {
				at := codec.Position(key[len(key)-codec.PositionSize:])
				m.noteGone(at.Seq(), at.Time())
			}
			return nil
		}))
	}
	err = errors.Join(err, m.each(codec.KeyPersonal, func(key []byte, _ *badger.Item) error {
		m.noteGone(binary.BigEndian.Uint64(key[1:]), time.Time{})
		return nil
	}))
	for _, ids := range []byte{codec.KeyID, codec.KeyConflict} {
		err = errors.Join(err, m.each(ids, m.forget))
	}
	for _, r := range m.lost {
		if len(r.First) == 1+8 && (r.First[0] == codec.KeyImpersonal || r.First[0] == codec.KeyPersonal) {
			m.noteGone(binary.BigEndian.Uint64(r.First[1:]), time.Time{})
		}
	}
	return err
}

// forget removes the id of an event that is gone: appended again, it is stored and
// no duplicate.
func (m *repair) forget(key []byte, item *badger.Item) error {
	return item.Value(func(v []byte) error {
		n, err := codec.ParseName(key, v)
		if err != nil {
			return err
		}
		m.noteGone(n.Seq, n.Time)
		if _, gone := m.gone[n.Seq]; gone {
			return m.batch.Delete(slices.Clone(key))
		}
		return nil
	})
}

// noteGone notes an event that other keys refer to.
func (m *repair) noteGone(seq uint64, at time.Time) {
	m.last = max(m.last, seq)
	if _, there := m.there[seq]; there {
		return
	}
	if known, ok := m.gone[seq]; !ok || known.IsZero() {
		m.gone[seq] = at
	}
}

// restore writes again what was lost and follows from the events.
func (m *repair) restore() error {
	return m.each(codec.KeyImpersonal, func(key []byte, _ *badger.Item) error {
		seq := binary.BigEndian.Uint64(key[1:])
		e, err := codec.Load(m.txn, seq)
		if err != nil {
			m.marks++
			return nil // one that is marked already
		}
		personal := codec.SeqKey(codec.KeyPersonal, seq)
		switch {
		case slices.Contains(e.Marks, record.MarkDamaged):
			m.marks++
		case e.Anonymized && m.lost.Has(personal):
			m.marks++
			err = m.batch.Set(personal, []byte{codec.LostVersion})
		}
		entry := &entry{event: e}
		if _, _, entry.hash = codec.Encode(&e); e.Anonymized && !m.lost.Has(personal) {
			entry.hash = dedup.AnyContent
		}
		conflict := slices.Contains(e.Marks, record.MarkConflict)
		inherits := conflict && m.inherits(e.ID)
		known, value := entry.known(conflict && !inherits)
		if inherits {
			err = errors.Join(err, m.batch.Delete(codec.ConflictKey(e.ID, entry.hash)))
		}
		if m.lost.Has(known) || inherits {
			err = errors.Join(err, m.batch.Set(known, value))
		}
		return err
	})
}

// inherits reports whether the first event with an id is gone, and no other has taken
// its place: else an event that is known as a later one would not be found.
func (m *repair) inherits(id string) bool {
	first, err := codec.GetName(m.txn, codec.IDKey(id))
	if err != nil || first == nil || m.heirs[id] {
		return false
	}
	_, gone := m.gone[first.Seq]
	m.heirs[id] = gone
	return gone
}

// markGone marks the events that are gone, so that lists show where they were.
func (m *repair) markGone() error {
	for seq, at := range m.gone {
		if at.IsZero() { // no key has it any more
			at = m.log.o.Now()
		}
		m.marks++
		if err := m.batch.Set(codec.SeqKey(codec.KeyImpersonal, seq), codec.Lost(at)); err != nil {
			return err
		}
	}
	return nil
}

// dropBlocks deletes all search blocks, since they follow from the entries.
func (m *repair) dropBlocks() error {
	drop := func(key []byte, _ *badger.Item) error { return m.batch.Delete(slices.Clone(key)) }
	return errors.Join(m.each(codec.KeyHead, drop), m.each(codec.KeyBlock, drop), m.each(codec.KeyTerms, drop))
}

// blockKeys is more than the keys that one block of a table can have.
const blockKeys = 512

// count corrects both counts at once: an event that was counted and that no key
// refers to is counted as missing here. If the last number is lost, so may be the events after
// the last one seen; theirs are not given again.
func (m *repair) count() error {
	return m.log.db.Update(func(txn *badger.Txn) error {
		end, err := codec.ReadLast(txn)
		if err != nil {
			return err
		}
		d, err := codec.ReadDamage(txn)
		if err != nil {
			return err
		}
		d.Marked = m.marks
		have := uint64(len(m.there) + len(m.gone))
		if end.Entries > have {
			d.Vanished += end.Entries - have
		}
		if m.lost.Has([]byte{codec.KeyLast}) {
			m.last += blockKeys * uint64(len(m.lost))
		}
		end.Seq, end.Entries = max(end.Seq, m.last), have
		return errors.Join(d.Write(txn), end.Write(txn))
	})
}
